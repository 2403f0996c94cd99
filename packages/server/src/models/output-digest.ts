import { z } from "zod";

/** What one output of a model was on one picture, in few numbers: enough to see that it gives the same again. */
export const OutputDigest = z.object({
  name: z.string(),
  shape: z.array(z.number()),
  mean: z.number(),
  /** Standard deviation. */
  deviation: z.number(),
  least: z.number(),
  most: z.number(),
});
export type OutputDigest = z.infer<typeof OutputDigest>;

/** How far apart two runs may be, as a part of the range of values: other processors round otherwise. */
const TOLERANCE = 0.01;

/** Says how `found` differs from what was expected; null when it is the same but for rounding. */
export function difference(expected: readonly OutputDigest[], found: readonly OutputDigest[]): string | null {
  for (const before of expected) {
    const now = found.find(({ name }) => name === before.name);
    if (!now) return `the output ${before.name} is missing`;
    if (now.shape.join() !== before.shape.join()) {
      return `the output ${before.name} is [${now.shape.join(",")}] and was [${before.shape.join(",")}]`;
    }
    const allowed = TOLERANCE * (before.most - before.least) + 1e-6;
    const figure = (["mean", "deviation", "least", "most"] as const).find(
      (name) => !(Math.abs(now[name] - before[name]) <= allowed),
    );
    if (figure) return `the ${figure} of the output ${before.name} is ${now[figure]} and was ${before[figure]}`;
  }
  return null;
}
