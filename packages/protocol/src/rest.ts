/** The REST API: its schemas, its endpoints, and the document that is made of them. */
export * as analytics from "./http/analytics.ts";
export * as cameras from "./http/cameras.ts";
export * from "./http/endpoint.ts";
export { endpoints } from "./http/endpoints.ts";
export * from "./http/envelope.ts";
export * as health from "./http/health.ts";
export * as pose from "./http/pose.ts";
export { type BadSpan, OpenRange, Range, type Span, spanOf } from "./http/query.ts";
export * as settings from "./http/settings.ts";
export * as system from "./http/system.ts";
export { openApiDocument, statusesOf } from "./openapi.ts";
