import type { FastifyInstance } from "fastify";
import type { CameraDirectory, CameraView, EncodedPicture } from "../../pipeline/camera-view.ts";
import { ENVIRONMENT } from "../../storage/schema.ts";
import type { ServeClock } from "../clock.ts";
import { cameraState } from "../live/messages.ts";
import { failure, success } from "./replies.ts";

const NEWEST = { annotated: false, quality: 85, maxWidth: 3840, maxFps: 30 };
const WAIT_MS = 5_000;
const needs = { scope: "read", environment: ENVIRONMENT } as const;

/** `GET /api/v1/cameras` and each camera's newest picture. */
export function serveCameras(
  app: FastifyInstance,
  { cameras, clock }: { readonly cameras: CameraDirectory; readonly clock: ServeClock },
): void {
  app.get("/api/v1/cameras", { config: { needs } }, (request, reply) => {
    const states = cameras.list().map((camera) => cameraState(camera.status()));
    reply.header("cache-control", "no-store").send(success(request, { cameras: states }));
  });

  app.get<{ Params: { id: string } }>(
    "/api/v1/cameras/:id/picture.jpg",
    { config: { needs } },
    async (request, reply) => {
      reply.header("cache-control", "no-store");
      const { id } = request.params;
      const camera = cameras.get(id);
      if (!camera) {
        const sentence = `No camera has the id ${JSON.stringify(id)}`;
        return reply.code(404).send(failure(request, "RESOURCE_NOT_FOUND", sentence));
      }
      const picture = await newestPicture(camera, clock);
      if (picture) return reply.type("image/jpeg").send(Buffer.from(picture.jpeg));
      return reply.code(503).send(failure(request, "HARDWARE_ERROR", whyNone(camera)));
    },
  );
}

/** The next picture an online camera gives, or null; an old picture is never shown as a new one. */
async function newestPicture(camera: CameraView, clock: ServeClock): Promise<EncodedPicture | null> {
  if (camera.status().state !== "online") return null;
  const stop = new AbortController();
  using _timer = clock.after(WAIT_MS, () => stop.abort());
  try {
    for await (const picture of camera.pictures(NEWEST, stop.signal)) return picture;
    return null;
  } finally {
    stop.abort();
  }
}

function whyNone(camera: CameraView): string {
  const { name, state, reason } = camera.status();
  if (state === "online") return `${name} gave no picture within ${WAIT_MS / 1000} seconds`;
  return `${name} gives no picture: it is ${state}${reason ? ` (${reason})` : ""}`;
}
