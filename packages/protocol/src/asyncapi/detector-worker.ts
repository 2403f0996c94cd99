import { golden } from "../detector-worker/v1/golden.ts";
import * as wire from "../detector-worker/v1/schema.ts";
import type { Protocol } from "./document.ts";

const SOCKET = `
No subprotocol. On loopback nobody is asked who they are; from elsewhere a token with the scope \`operate\` is shown, unless
that is switched off.

**Limits.** Messages are up to ${wire.MAX_MESSAGE_BYTES / 1024 / 1024} MiB long.

**Close codes.** 1001 the worker is shutting down, 1009 a message over the limit, 1013 all places are taken, 4001 the
credential ran out or was taken back, 4008 the backend reads too slowly.
`.trim();

/** A CMS backend hands cameras and bundles of models to a worker. */
export const detectorWorker: Protocol = {
  title: "Detector worker",
  version: "1.0.0",
  description:
    "A CMS backend hands cameras and bundles of models (.mpta) to a worker and gets back, for every frame it looks at, " +
    "what is known of the vehicle in it. The worker is the server, the backend its client.",
  host: "localhost:8000",
  address: "/",
  socket: SOCKET,
  received: [
    { name: "subscribe", summary: "Adds one subscription, or replaces it.", schema: wire.SubscribeMessage },
    { name: "unsubscribe", summary: "Ends one subscription.", schema: wire.UnsubscribeMessage },
    {
      name: "setSubscriptionList",
      summary: "Everything this backend wants watched; what it had before and leaves out ends.",
      schema: wire.SetSubscriptionListMessage,
    },
    { name: "requestState", summary: "Asks for a stateReport at once.", schema: wire.RequestStateMessage },
    { name: "setSessionId", summary: "Says which session a display is in.", schema: wire.SetSessionIdMessage },
    { name: "patchSessionResult", summary: "Answers patchSession.", schema: wire.PatchSessionResultMessage },
  ],
  sent: [
    {
      name: "stateReport",
      summary: `How the worker is; every ${wire.STATE_REPORT_MS / 1000} seconds, and when asked.`,
      schema: wire.StateReportMessage,
    },
    {
      name: "imageDetection",
      summary: "The result of one processed frame for one subscription.",
      schema: wire.ImageDetectionMessage,
    },
    {
      name: "patchSession",
      summary: "Asks the backend to merge data into what it keeps for the session's display.",
      schema: wire.PatchSessionMessage,
    },
    { name: "error", summary: "Something that was asked for cannot be done.", schema: wire.ErrorMessage },
  ],
  golden,
  sides: { client: "backend", server: "worker" },
};
