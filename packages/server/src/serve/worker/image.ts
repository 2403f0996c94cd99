import type { FastifyInstance } from "fastify";
import type { DetectorWorker } from "../../worker/worker.ts";
import type { Gate } from "../auth/gate.ts";

const needs = { scope: "read", environments: "all" } as const;

/** `GET /camera/{id}/image`: the newest picture of a subscription, whole. */
export function serveImages(
  app: FastifyInstance,
  { worker, gate }: { readonly worker: DetectorWorker; readonly gate: Gate },
): void {
  app.get<{ Params: { id: string } }>("/camera/:id/image", { config: { needs, gate } }, async (request, reply) => {
    const { id } = request.params;
    reply.header("cache-control", "no-store");
    const image = await worker.image(id);
    if (image) return reply.type("image/jpeg").send(Buffer.from(image));
    const detail = image === undefined ? `Camera ${id} not found or not active` : `No frame available for camera ${id}`;
    return reply.code(404).send({ detail });
  });
}
