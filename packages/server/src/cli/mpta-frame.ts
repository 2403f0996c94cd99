import { type Micros, type Size, secondsOf } from "@sensorium/protocol";
import { fillTemplate, type Template } from "@sensorium/protocol/mpta";
import type { Overlay } from "../codec/annotate.ts";
import type { DueAction } from "../mpta/run/due-action.ts";
import type { Found } from "../mpta/run/node-model.ts";
import { attributesOf, type NodeResult, type PipelineResult } from "../mpta/run/result.ts";
import type { VisitStep } from "../mpta/run/visits.ts";

/** What is printed of a frame. */
export function frameLine(
  { sequence, at }: { readonly sequence: number; readonly at: Micros },
  { result, step }: { readonly result: PipelineResult; readonly step: VisitStep },
): object {
  const { root, stop, ms, failures } = result;
  return {
    frame: sequence,
    at: Math.round(secondsOf(at) * 1000) / 1000,
    detection: attributesOf(root),
    found: (root?.found ?? []).map(asJson),
    branches: branchesOf(root),
    stop,
    session: step.session,
    actions: step.due.map(describeDue),
    unfilled: step.unfilled,
    failures: failures.map(({ modelId, error }) => ({ modelId, error: error.message })),
    ms: Math.round(10 * ms) / 10,
  };
}

const asJson = ({ class: name, confidence, box }: Found): object => ({
  class: name,
  confidence: Math.round(1000 * confidence) / 1000,
  ...(box && { box: [box.x1, box.y1, box.x2, box.y2] }),
});

/** By modelId, with those below. */
function branchesOf(result: NodeResult | null): Record<string, object> {
  return Object.fromEntries(
    [...(result?.branches ?? [])].map(([modelId, branch]) => [
      modelId,
      { ...asJson(branch.primary), ...(branch.branches.size > 0 && { branches: branchesOf(branch) }) },
    ]),
  );
}

/** An action with its templates filled. */
function describeDue({ action, values, region }: DueAction): object {
  const fill = (template: Template): string | null => {
    const filled = fillTemplate(template, (name) => values[name]);
    return filled.ok ? filled.text : null;
  };
  switch (action.type) {
    case "begin_record":
      return action;
    case "redis_save_image":
      return { type: action.type, key: fill(action.key), region: region && Object.values(region) };
    case "redis_publish":
      return { type: action.type, channel: action.channel, message: fill(action.message) };
    case "postgresql_update_combined": {
      const { table, key_value, fields } = action;
      const columns = Object.entries(fields).map(([column, template]) => [column, fill(template)]);
      return { type: action.type, table, key: fill(key_value), columns: Object.fromEntries(columns) };
    }
    case "webhook":
      return { type: action.type, message: fill(action.message) };
    case "mqtt_publish":
      return { type: action.type, topic: fill(action.topic), message: fill(action.message) };
  }
}

/** What is found, drawn where it is; what the branches say of it, in the corner. */
export function overlayOf({ root }: PipelineResult, size: Size): Overlay {
  const boxes = (root?.found ?? []).flatMap((found) => {
    const { class: name, confidence, box } = found;
    if (!box) return [];
    const [x1, x2] = [box.x1 / size.width, box.x2 / size.width];
    const [y1, y2] = [box.y1 / size.height, box.y2 / size.height];
    return [{ x1, y1, x2, y2, label: `${name} ${confidence.toFixed(2)}` }];
  });
  return { boxes, lines: [], captions: root ? captionsOf(root) : [] };
}

const captionsOf = ({ branches }: NodeResult): string[] =>
  [...branches].flatMap(([modelId, branch]) => [`${modelId}: ${branch.primary.class}`, ...captionsOf(branch)]);
