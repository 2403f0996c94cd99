import { fillTemplate, type Template } from "@sensorium/protocol/mpta";
import type { Values } from "../mpta/run/due-action.ts";

/** What the original worker called everything it published. */
const EVENT = "frontal_detected";

/**
 * A message with its places filled. A JSON object keeps what it says and gains, where absent, `event`, `display_id`,
 * `session_id`, `timestamp` and `image_key`, and `event_id` by which a message that came twice is known.
 */
export function messageOf(
  template: Template,
  { id, values }: { readonly id: string; readonly values: Values },
): string {
  const text = filled(template, values);
  if (template.form !== "json") return text;
  const common = {
    event: EVENT,
    display_id: values.display_id ?? null,
    session_id: values.session_id ?? null,
    timestamp: values.timestamp ?? null,
    image_key: values.image_key ?? "",
    event_id: id,
  };
  const own: Readonly<Record<string, unknown>> = JSON.parse(text);
  const gained = Object.entries(common).filter(([name]) => !Object.hasOwn(own, name));
  return JSON.stringify({ ...own, ...Object.fromEntries(gained) });
}

/** A template whose names all have a value. */
export function filled(template: Template, values: Values): string {
  const result = fillTemplate(template, (name) => values[name]);
  if (result.ok) return result.text;
  throw new Error(`${template.source} names ${result.missing.join(", ")}, which has no value`);
}
