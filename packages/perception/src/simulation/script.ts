/** A point of the floor, in metres. */
export interface Spot {
  readonly x: number;
  readonly y: number;
}

export type FallDirection = "forward" | "backward" | "left" | "right";

/**
 * What a simulated person is to do. `seconds` is how long the doing itself takes, `hold` how long it lasts afterwards;
 * what is left out is chosen by the seed. Whoever sits or lies gets up first where an action begins on the feet.
 */
export type Action =
  | { readonly do: "stand"; readonly seconds: number }
  | { readonly do: "walk" | "run"; readonly to: Spot; readonly metresPerSecond?: number }
  | { readonly do: "jump"; readonly times: number }
  | { readonly do: "turn"; readonly to: number }
  | { readonly do: "sit" | "sit-on-floor" | "kneel"; readonly seconds?: number; readonly hold: number }
  | { readonly do: "lie"; readonly on: "floor" | "bed"; readonly seconds?: number; readonly hold: number }
  | { readonly do: "bend" | "tie-shoes"; readonly seconds?: number; readonly hold: number }
  | { readonly do: "fall"; readonly direction: FallDirection; readonly seconds?: number; readonly hold: number }
  | { readonly do: "get-up"; readonly seconds?: number };

/** What somebody does, one after the other, from where to where they first stand and look. */
export interface Script {
  readonly start: Spot & { readonly heading: number };
  readonly actions: readonly Action[];
}
