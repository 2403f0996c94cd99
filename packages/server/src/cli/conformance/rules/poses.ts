import type { wifiDensepose as wire } from "@sensorium/protocol/wire";
import type { Context } from "../context.ts";
import type { Received } from "../recording.ts";
import { expectThat, notSeen, passed, type Rule, shortly } from "../rule.ts";

const SECTION = "Real-time Pose Streaming";

/** By how much a rate may be exceeded. */
const TOLERANCE = 1.05;

/** Frames a second of the camera that sends most, less one that came early; undefined where too few came to say. */
function rateOf(received: readonly Received[]): number | undefined {
  const times = Map.groupBy(
    received.filter(({ type }) => type === "pose_data"),
    ({ message }) => message?.metadata?.source?.id,
  );
  const rates = [...times.values()].flatMap((frames) => {
    const [first, last] = [frames[0]?.atMs ?? 0, frames.at(-1)?.atMs ?? 0];
    return frames.length > 3 && last > first ? [((frames.length - 2) * 1000) / (last - first)] : [];
  });
  return rates.length > 0 ? Math.max(...rates) : undefined;
}

async function measured(context: Context, more: object): Promise<number | undefined> {
  await using peer = await context.connect();
  const { ack } = await peer.subscribe([context.wish("pose_data", { min_confidence: 0 }, more)]);
  expectThat(ack?.active_subscriptions.length === 1, { expected: "an active subscription", received: shortly(ack) });
  return rateOf(await peer.collect(context.quick ? 4_000 : 20_000));
}

const keepsTo = (name: string, { limit, more }: { readonly limit: number; readonly more: object }): Rule => ({
  section: SECTION,
  name,
  async run(context) {
    const rate = await measured(context, more);
    if (rate === undefined) return notSeen("too few frames to say");
    const told = `${rate.toFixed(1)} frames a second`;
    expectThat(rate <= limit * TOLERANCE, { expected: `at most ${limit} frames a second`, received: told });
    return passed(told);
  },
});

const packs = (compression: wire.Compression, how: "throttle" | "address"): Rule => ({
  section: how === "address" ? "Connection Setup" : SECTION,
  name: `compression ${compression} by the ${how}: frames are packed so, and say it`,
  async run(context) {
    await using peer = await context.connect(how === "address" ? { query: { compression } } : {});
    const more = how === "throttle" ? { throttle: { compression } } : {};
    await peer.subscribe([context.wish("pose_data", { min_confidence: 0 }, more)]);
    const frames = (await peer.collect(context.observeMs)).filter(({ type }) => type === "pose_data");
    const other = frames.find(({ packed }) => packed !== compression);
    expectThat(other === undefined, { expected: compression, received: other?.packed ?? "a frame that is not packed" });
    const silent = frames.find(({ message }) => message?.metadata?.compression !== compression);
    const said = silent?.message?.metadata?.compression;
    expectThat(silent === undefined, { expected: `metadata.compression ${compression}`, received: shortly(said) });
    return frames.length > 0 ? passed(`${frames.length} frames`) : notSeen("no frame");
  },
});

/** How fast poses come, and how they are packed. */
export const poses: readonly Rule[] = [
  keepsTo("max_fps 5: no more", { limit: 5, more: { throttle: { max_fps: 5, buffer_size: 5 } } }),
  keepsTo("low quality: at most 10 frames a second, whatever max_fps says", {
    limit: 10,
    more: { throttle: { max_fps: 30 }, quality: "low" },
  }),
  keepsTo("high quality: at most 30 frames a second", {
    limit: 30,
    more: { throttle: { max_fps: 60 }, quality: "high" },
  }),
  packs("gzip", "throttle"),
  packs("deflate", "throttle"),
  packs("gzip", "address"),
  packs("deflate", "address"),
];
