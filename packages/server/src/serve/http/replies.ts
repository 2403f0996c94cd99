import { reasonOf } from "@sensorium/protocol";
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { z } from "zod";
import type { Log } from "../../observe/log.ts";

/** The REST API's error codes in use. */
export type ReplyCode =
  | "VALIDATION_ERROR"
  | "AUTHENTICATION_ERROR"
  | "AUTHORIZATION_ERROR"
  | "RESOURCE_NOT_FOUND"
  | "RATE_LIMIT_EXCEEDED"
  | "SYSTEM_ERROR"
  | "HARDWARE_ERROR";

/** The REST API's envelope of a result. */
export const success = (request: FastifyRequest, data: unknown) => ({
  success: true,
  data,
  timestamp: new Date().toISOString(),
  request_id: request.id,
});

/** The REST API's envelope of an error; `message` is one clear sentence. */
export const failure = (request: FastifyRequest, code: ReplyCode, message: string) => ({
  success: false,
  error: { code, message, details: null },
  timestamp: new Date().toISOString(),
  request_id: request.id,
});

/** What a handler throws to answer with a status and one clear sentence. */
export const refusal = (status: 403 | 404 | 409 | 422, sentence: string): Error =>
  Object.assign(new Error(sentence), { statusCode: status });

const CODES: Readonly<Record<number, ReplyCode>> = {
  401: "AUTHENTICATION_ERROR",
  403: "AUTHORIZATION_ERROR",
  404: "RESOURCE_NOT_FOUND",
  429: "RATE_LIMIT_EXCEEDED",
};

/** What a body holds; a `VALIDATION_ERROR` that names the field when it is not what it should be. */
export function parseBody<T>(schema: z.ZodType<T>, { body }: FastifyRequest): T {
  const parsed = schema.safeParse(body);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const sentence = `This body is not understood: ${issue?.path.join(".") || "it"} – ${issue?.message ?? "unknown"}`;
  throw refusal(422, sentence);
}

/** Answers unknown paths and failures with a sentence, and never with what is inside. */
export function answerErrors(app: FastifyInstance, log: Log): void {
  app.setNotFoundHandler((request, reply) => {
    reply.code(404).send(failure(request, "RESOURCE_NOT_FOUND", "There is nothing at this address"));
  });
  app.setErrorHandler<FastifyError>((error, request, reply) => {
    const status = error.statusCode ?? 500;
    if (status < 500)
      return reply.code(status).send(failure(request, CODES[status] ?? "VALIDATION_ERROR", reasonOf(error)));
    log.error({ reason: reasonOf(error), requestId: request.id }, "a request failed");
    const sentence = "Something failed inside the server; its log says what";
    return reply.code(500).send(failure(request, "SYSTEM_ERROR", sentence));
  });
}

/** Answers an address that cannot be read; such a request reaches no hook and no handler. */
export function answerBadAddress(_: FastifyError, request: FastifyRequest, reply: FastifyReply): void {
  reply.code(400).send(failure(request, "VALIDATION_ERROR", "This address cannot be read"));
}
