import { SensoriumError } from "@sensorium/protocol";
import { Camera, checkPart, Line, Retention, Zone } from "@sensorium/protocol/config";
import type { audit } from "@sensorium/protocol/wire";
import type { FastifyInstance, FastifyRequest } from "fastify";
import type { z } from "zod";
import type { ConfigReading, Edit } from "../../config/edit.ts";
import { deleteCamera, deleteLine, deleteZone, putCamera, putLine, putRetention, putZone } from "../../config/edits.ts";
import type { CameraDirectory } from "../../pipeline/camera-view.ts";
import { note } from "../auth/audit.ts";
import { type Need, NOT_ALLOWED, sees } from "../auth/principal.ts";
import { camerasFor } from "./cameras.ts";
import { refusal, success } from "./replies.ts";

/** The configuration file as clients may change it. */
export interface ConfigControl {
  /** @throws SensoriumError "config-invalid" with what is wrong while the file cannot be used. */
  read(): Promise<ConfigState>;
  /**
   * Changes the file, and what runs with it. `version`: nothing is changed when the file says something else by now.
   * @throws SensoriumError "config-invalid" with what is wrong; retryable when the file says something else.
   */
  change(edit: Edit, options: ChangeOptions): Promise<ConfigChanged>;
}

/** What the file says of cameras now. */
export interface ConfigState extends ConfigReading {
  /** The models that cameras can name. */
  readonly models: readonly string[];
}

export interface ChangeOptions {
  readonly version?: string | undefined;
}

export interface ConfigChanged {
  readonly version: string;
  /** Settings that take effect with the next start. */
  readonly restartNeeded: readonly string[];
}

interface CameraAddress {
  readonly Params: { readonly id: string };
}
interface SpotAddress {
  readonly Params: { readonly id: string; readonly spot: string };
}

const ADMIN: Need = { scope: "admin", environments: "all" };
const OPERATE: Need = { scope: "operate", environments: "own" };

/** Why nothing can be changed where there is no file. */
export const NO_FILE = "The cameras were given on the command line: name them in a configuration file to change them";

/**
 * Cameras, lines, zones and retention over REST: `PUT` adds or replaces, `DELETE` takes out. Every reply has the file's
 * version; with it in `If-Match`, a change that somebody else came before is refused.
 */
export function serveConfiguration(
  app: FastifyInstance,
  { control, cameras }: { readonly control: ConfigControl | undefined; readonly cameras: CameraDirectory },
): void {
  const admin = (action: audit.AuditAction) => ({ config: { needs: ADMIN, audit: action } });
  const operate = (action: audit.AuditAction) => ({ config: { needs: OPERATE, audit: action } });

  async function change(request: FastifyRequest, edit: Edit) {
    if (!control) throw refusal(409, NO_FILE);
    const changed = await control.change(edit, { version: unquoted(request.headers["if-match"]) }).catch(refused);
    const { version, restartNeeded } = changed;
    return success(request, { version, requires_restart: restartNeeded.length > 0, restart_needed: restartNeeded });
  }

  /** Lines and zones belong to whoever operates the camera's environment. */
  function spotOf(request: FastifyRequest<SpotAddress>) {
    const { id: camera, spot: id } = request.params;
    const environment = cameras.get(camera)?.environment;
    note(request, { environment: environment ?? null });
    const known = environment !== undefined && sees(request.principal, environment);
    if (!known && request.principal?.environments) throw refusal(403, NOT_ALLOWED);
    return { camera, id };
  }

  app.get("/api/v1/configuration", { config: { needs: OPERATE } }, async (request, reply) => {
    reply.header("cache-control", "no-store");
    const own = camerasFor(request, cameras);
    if (!control) return success(request, { fixed: NO_FILE });
    const state = await control.read().catch(refused);
    if (!request.principal?.environments) return success(request, { fixed: null, ...state });
    const shown = own.flatMap(({ id }) => (Object.hasOwn(state.cameras, id) ? [[id, state.cameras[id]] as const] : []));
    return success(request, { fixed: null, ...state, cameras: Object.fromEntries(shown) });
  });
  app.put<CameraAddress>("/api/v1/cameras/:id", admin("camera-put"), (request) =>
    change(request, putCamera(request.params.id, partOf(Camera.partial({ source: true }), request))),
  );
  app.delete<CameraAddress>("/api/v1/cameras/:id", admin("camera-removed"), (request) =>
    change(request, deleteCamera(request.params.id)),
  );
  app.put<SpotAddress>("/api/v1/cameras/:id/lines/:spot", operate("line-put"), (request) =>
    change(request, putLine(spotOf(request), partOf(Line, request))),
  );
  app.delete<SpotAddress>("/api/v1/cameras/:id/lines/:spot", operate("line-removed"), (request) =>
    change(request, deleteLine(spotOf(request))),
  );
  app.put<SpotAddress>("/api/v1/cameras/:id/zones/:spot", operate("zone-put"), (request) =>
    change(request, putZone(spotOf(request), partOf(Zone, request))),
  );
  app.delete<SpotAddress>("/api/v1/cameras/:id/zones/:spot", operate("zone-removed"), (request) =>
    change(request, deleteZone(spotOf(request))),
  );
  app.put("/api/v1/retention", admin("retention-put"), (request) =>
    change(request, putRetention(partOf(Retention, request))),
  );
}

/** A part of the configuration in a body, or what is wrong with it in the words of the configuration file. */
function partOf<T>(schema: z.ZodType<T>, { body }: FastifyRequest): T {
  const part = checkPart(schema, body);
  if (part.ok) return part.file;
  const problems = part.problems.map(({ path, message }) => [...path, message].join(": "));
  throw refusal(422, problems.join("\n"));
}

const unquoted = (tag: string | undefined): string | undefined => tag?.replace(/^(?:W\/)?"(.*)"$/, "$1");

/** Passes on what a change was refused for. */
export function refused(thrown: unknown): never {
  if (!(thrown instanceof SensoriumError)) throw thrown;
  throw refusal(thrown.retryable ? 409 : 422, thrown.message);
}
