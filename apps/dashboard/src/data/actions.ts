import { z } from "zod";
import { Reading } from "./reading.ts";

const count = z.number();

/** What became of the actions of bundles. */
export const ActionsState = z.object({
  /** Lost because the disk could not take them. */
  lost: count,
  sinks: z.array(
    z.object({
      name: z.string(),
      waiting: count,
      totals: z.object({ delivered: count, refused: count, gaveUp: count, expired: count }),
    }),
  ),
  /** Newest first. */
  refused: z.array(
    z.object({ id: z.string(), sink: z.string(), type: z.string(), reason: z.string(), refused_at: z.string() }),
  ),
});
export type ActionsState = z.infer<typeof ActionsState>;

/** What became of actions on the server that served `page`, for admins of all environments. */
export const readActions = (page: URL): Reading<ActionsState> =>
  new Reading(new URL("./actions", page).href, ActionsState);

const TYPES: Readonly<Record<string, string>> = {
  picture: "A picture",
  publish: "A message",
  "begin-row": "A new row",
  "update-row": "A change of a row",
  post: "A web request",
  topic: "A message on a topic",
};

/** What was to be done. */
export const actionText = (type: string): string => TYPES[type] ?? type;
