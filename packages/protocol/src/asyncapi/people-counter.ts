import { golden } from "../people-counter/v1/golden.ts";
import * as wire from "../people-counter/v1/schema.ts";
import type { Protocol } from "./document.ts";

const { goingAway, messageTooBig, tooManyClients, slowConsumer } = wire.CloseCode;

const SOCKET = `
Any path, no subprotocol. On loopback nobody is asked who they are; from elsewhere a token with the scope \`read\` is shown,
unless that is switched off.

**Limits.** Requests are up to ${wire.MAX_REQUEST_BYTES / 1024} KiB long.

**Close codes.** ${goingAway} the server is shutting down, ${messageTooBig} a message over 16 MiB, ${tooManyClients} all
places are taken, ${slowConsumer} the client reads too slowly.
`.trim();

/** Pictures, counts and traffic events of one camera. */
export const peopleCounter: Protocol = {
  title: "People counter",
  version: "1.0.0",
  description:
    "Pictures, counts and traffic events of one camera for everyone who connects, and the faces it has saved.",
  host: "localhost:8765",
  address: "/",
  socket: SOCKET,
  received: [
    { name: "get_face", summary: "Asks for the picture of one face.", schema: wire.GetFaceRequest },
    { name: "get_all_faces", summary: "Asks for the newest faces.", schema: wire.GetAllFacesRequest },
  ],
  sent: [
    { name: "frame", summary: "The latest picture with boxes, lines and counts drawn in.", schema: wire.FrameMessage },
    { name: "stats", summary: "The counts since the last daily reset; twice a second.", schema: wire.StatsMessage },
    { name: "event", summary: "A period of high traffic started or ended.", schema: wire.EventMessage },
    { name: "face_image", summary: "Answers get_face.", schema: wire.FaceImageMessage },
    { name: "all_faces", summary: "Answers get_all_faces.", schema: wire.AllFacesMessage },
    { name: "error", summary: "A request could not be understood or carried out.", schema: wire.ErrorMessage },
  ],
  golden,
  sides: { client: "client", server: "server" },
};
