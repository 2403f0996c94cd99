import { SensoriumError } from "@sensorium/protocol";
import { Context, type Target } from "./context.ts";
import type { PeerOptions } from "./peer.ts";
import type { TypeCount } from "./recording.ts";
import { Broken, type Judged, judge } from "./rule.ts";
import { rules } from "./rules/index.ts";

/** What came of a run. */
export interface Outcome {
  readonly judged: readonly Judged[];
  readonly types: readonly TypeCount[];
}

/** What a run is made with. */
export interface RunOptions extends Pick<PeerOptions, "clock" | "recording"> {
  /** Called with each rule when it has been judged. */
  readonly onJudged?: (judged: Judged) => void;
}

/**
 * Asks a server everything, one rule after the other.
 * @throws SensoriumError `source-unreachable` when it lets nobody in.
 */
export async function runConformance(target: Target, { onJudged, ...options }: RunOptions): Promise<Outcome> {
  requireSocketAddress(target.url);
  const context = new Context(target, options);
  await listening(context);
  await using _listener = context.listener;
  const judged: Judged[] = [];
  for (const rule of rules) {
    const result = await judge(rule, context);
    judged.push(result);
    onJudged?.(result);
  }
  return { judged, types: options.recording.counts() };
}

function requireSocketAddress(url: string): void {
  if (URL.canParse(url) && /^wss?:$/.test(new URL(url).protocol)) return;
  const example = "ws://127.0.0.1:8000/ws/v1";
  throw new SensoriumError("source-invalid", `${url} is no address of a WebSocket server, such as ${example}`);
}

async function listening(context: Context): Promise<void> {
  try {
    await context.listen();
  } catch (thrown) {
    if (!(thrown instanceof Broken)) throw thrown;
    const { url } = context.target;
    throw new SensoriumError("source-unreachable", `${url} lets nobody in: ${thrown.difference.received}`);
  }
}
