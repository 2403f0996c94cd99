import type { ConfigurationEvent } from "@sensorium/protocol";
import { endpoints, settings } from "@sensorium/protocol/rest";
import type { FastifyInstance } from "fastify";
import { z } from "zod";
import type { Edit } from "../../../config/edit.ts";
import { putEnvironment, putPoseDays } from "../../../config/edits.ts";
import { newEventId } from "../../../pipeline/event-id.ts";
import { note } from "../../auth/audit.ts";
import { authorize, type Need, NOT_ALLOWED, type Principal } from "../../auth/principal.ts";
import { NO_FILE, refused } from "../configuration.ts";
import { notUnderstood, refusal } from "../replies.ts";
import { serveData } from "./endpoint.ts";
import { presentFor, timeOf } from "./scope.ts";
import { type Change, changesIn, fixedBecause, POSE_DAYS, saidInFile } from "./settings-table.ts";
import type { ApiContext } from "./sources.ts";

/** What an environment is told, and how it is told otherwise. */
export function serveSettings(app: FastifyInstance, context: ApiContext): void {
  const { sensing } = context;

  serveData(app, endpoints.settings, {
    answer: ({ query: { environment_id: named }, principal }) =>
      context.settings(presentFor(principal, { sensing, named })[0]),
  });

  serveData(app, endpoints.changeSettings, {
    audit: "config-changed",
    answer({ query, body: { environment_id: named = query.environment_id, ...change }, principal, request }) {
      const [environment] = presentFor(principal, { sensing, named });
      note(request, { environment });
      return changeSettings(context, { environment, change, principal });
    },
  });

  const { $schema: _, ...schema } = z.toJSONSchema(settings.Settings);
  serveData(app, endpoints.settingsSchema, { answer: () => ({ schema, defaults: context.defaults }) });
}

/** What is to change, where, and who wants it. */
export interface WantedChange {
  readonly environment: string;
  readonly change: Omit<settings.SettingsChange, "environment_id">;
  readonly principal: Principal | null;
  /** What becomes of a setting that cannot be changed: the whole is refused, or it stays as it is. */
  readonly facts?: "refused" | "kept";
}

/**
 * Tells an environment otherwise, all of it or nothing.
 * @throws a refusal that names the setting.
 */
export async function changeSettings(
  context: ApiContext,
  { environment, change, principal, facts = "refused" }: WantedChange,
): Promise<settings.SettingsChanged> {
  const wanted = changesIn(change, context.settings(environment));
  const changes = facts === "kept" ? wanted.filter((each) => !fixedBecause(each)) : wanted;
  for (const each of changes) refuseFixed(each, principal);
  const requires_restart = changes.length > 0 && (await written(context, { environment, changes }));
  if (changes.length > 0) context.record(told(context, { environment, changes, principal, requires_restart }));
  return {
    updated_fields: changes.map(({ name }) => name),
    requires_restart,
    applied_at: timeOf(context.clock.now()),
    configuration: context.settings(environment),
  };
}

const ADMIN: Need = { scope: "admin", environments: "all" };

function refuseFixed(change: Change, principal: Principal | null): void {
  const reason = fixedBecause(change);
  if (reason) throw notUnderstood("change", { field: change.name, reason: `cannot be changed: ${reason}` });
  if (change.name === POSE_DAYS && principal && authorize(principal, ADMIN)) throw refusal(403, NOT_ALLOWED);
}

interface Changes {
  readonly environment: string;
  readonly changes: readonly Change[];
}

/** Writes changes into the file, and returns whether some take effect with the next start only. */
async function written({ control }: ApiContext, { environment, changes }: Changes): Promise<boolean> {
  if (!control) throw refusal(409, NO_FILE);
  const days = changes.find(({ name }) => name === POSE_DAYS)?.value;
  const edits: Edit[] = [putEnvironment(environment, changes.flatMap(saidInFile))];
  if (days !== undefined) edits.push(putPoseDays(Number(days)));
  const all: Edit = (draft) => {
    for (const edit of edits) edit(draft);
  };
  const { restartNeeded } = await control.change(all, {}).catch(refused);
  return restartNeeded.length > 0;
}

function told(
  { cameras, clock }: ApiContext,
  {
    environment,
    changes,
    principal,
    requires_restart,
  }: Changes & { principal: Principal | null; requires_restart: boolean },
): ConfigurationEvent {
  const now = clock.now();
  const own = cameras.list().filter((camera) => camera.environment === environment);
  return {
    type: "configuration",
    id: newEventId(now),
    environment,
    wallMs: now,
    simulated: own.some(({ simulated }) => simulated),
    changes: Object.fromEntries(changes.map(({ name, value }) => [name, value])),
    by: principal?.name ?? "local",
    restartNeeded: requires_restart,
  };
}
