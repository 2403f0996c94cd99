/**
 * A number 0..1 that depends on nothing but `keys`, whole numbers: asked again, it is the same, in whatever order.
 * Mixing as in MurmurHash3's finaliser.
 */
export function uniformAt(...keys: readonly number[]): number {
  let hash = 0x9e3779b9;
  for (const key of keys) {
    hash = Math.imul(hash ^ (key | 0), 0x85ebca6b);
    hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
    hash ^= hash >>> 16;
  }
  return (hash >>> 0) / 2 ** 32;
}

/** A normally distributed number of mean 0 and standard deviation 1 that depends on nothing but `keys` (Box–Muller). */
export function normalAt(...keys: readonly number[]): number {
  const radius = Math.sqrt(-2 * Math.log(1 - uniformAt(...keys, 1)));
  return radius * Math.cos(2 * Math.PI * uniformAt(...keys, 2));
}

/** The numbers a seed gives, one after the other: evenly distributed from `low` to `high`. */
export type Random = (low: number, high: number) => number;

/** Equal seeds, whole numbers, give equal numbers. */
export function randomOf(seed: number): Random {
  let drawn = 0;
  return (low, high) => low + (high - low) * uniformAt(seed, drawn++);
}
