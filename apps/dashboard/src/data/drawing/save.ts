import type { Configuration, Outcome } from "../configuration.ts";
import type { Drawing } from "./drawing.ts";
import { problemWithNames } from "./shapes.ts";

/** Makes the changes of a drawing, one after the other, up to the first that is refused; the rest stays drawn. */
export async function saveDrawing(drawing: Drawing, configuration: Configuration): Promise<Outcome> {
  const sentence = problemWithNames(drawing.state.get().shapes);
  if (sentence) return { ok: false, conflict: false, sentence };
  const restartNeeded = new Set<string>();
  for (const change of drawing.changes) {
    const outcome = await configuration.change(change);
    if (!outcome.ok) return outcome;
    drawing.made(change);
    for (const setting of outcome.restartNeeded) restartNeeded.add(setting);
  }
  return { ok: true, restartNeeded: [...restartNeeded] };
}
