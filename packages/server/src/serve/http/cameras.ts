import type { FastifyInstance, FastifyRequest } from "fastify";
import type { CameraDirectory, CameraView, EncodedPicture } from "../../pipeline/camera-view.ts";
import { NOT_ALLOWED, sees } from "../auth/principal.ts";
import type { ServeClock } from "../clock.ts";
import { cameraState } from "../live/messages.ts";
import { failure, refusal, success } from "./replies.ts";

const NEWEST = { annotated: false, quality: 85, maxWidth: 3840, maxFps: 30 };
const WAIT_MS = 5_000;
const needs = { scope: "read", environments: "own" } as const;

/** `GET /api/v1/cameras` and each camera's newest picture. */
export function serveCameras(
  app: FastifyInstance,
  { cameras, clock }: { readonly cameras: CameraDirectory; readonly clock: ServeClock },
): void {
  app.get("/api/v1/cameras", { config: { needs } }, (request, reply) => {
    const states = camerasFor(request, cameras).map((camera) => cameraState(camera.status()));
    return reply.header("cache-control", "no-store").send(success(request, { cameras: states }));
  });

  app.get<{ Params: { id: string } }>(
    "/api/v1/cameras/:id/picture.jpg",
    { config: { needs } },
    async (request, reply) => {
      reply.header("cache-control", "no-store");
      const camera = cameraFor(request, cameras);
      const picture = await newestPicture(camera, clock);
      // The camera may have been moved to another environment while its picture was waited for.
      cameraFor(request, cameras);
      if (picture) return reply.type("image/jpeg").send(Buffer.from(picture.jpeg));
      return reply.code(503).send(failure(request, "HARDWARE_ERROR", whyNone(camera)));
    },
  );
}

/** The cameras that whoever asks may see; refuses somebody who is limited to environments that have none. */
export function camerasFor({ principal }: FastifyRequest, cameras: CameraDirectory): readonly CameraView[] {
  const seen = cameras.list().filter(({ environment }) => sees(principal, environment));
  if (seen.length === 0 && principal?.environments) throw refusal(403, NOT_ALLOWED);
  return seen;
}

/** The camera of the address. Somebody who is limited to some environments is not told which cameras others have. */
function cameraFor(request: FastifyRequest<{ Params: { id: string } }>, cameras: CameraDirectory): CameraView {
  const { id } = request.params;
  const camera = cameras.get(id);
  if (camera && sees(request.principal, camera.environment)) return camera;
  if (request.principal?.environments) throw refusal(403, NOT_ALLOWED);
  throw refusal(404, `No camera has the id ${JSON.stringify(id)}`);
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
