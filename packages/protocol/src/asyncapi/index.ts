/** The three socket protocols as AsyncAPI 3 documents, made from their schemas. */
import { detectorWorker } from "./detector-worker.ts";
import { type AsyncApiDocument, asyncApiDocument } from "./document.ts";
import { peopleCounter } from "./people-counter.ts";
import { wifiDensepose } from "./wifi-densepose.ts";

export type { AsyncApiDocument } from "./document.ts";

const PROTOCOLS = {
  "wifi-densepose": wifiDensepose,
  "detector-worker": detectorWorker,
  "people-counter": peopleCounter,
} as const;

/** Which protocol a document is of. */
export type AsyncApiName = keyof typeof PROTOCOLS;

/** The protocols that have a document. */
export const ASYNCAPI_NAMES = Object.keys(PROTOCOLS) as readonly AsyncApiName[];

/** The AsyncAPI document of a protocol. */
export const asyncApi = (name: AsyncApiName): AsyncApiDocument => asyncApiDocument(PROTOCOLS[name]);
