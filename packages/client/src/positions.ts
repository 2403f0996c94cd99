import type { wifiDensepose as wire } from "@sensorium/protocol/wire";

/** Where a stream stands in an environment's record. */
export type Position = wire.StreamPosition & { readonly environment_id: string };

/** Where a stream stands in each environment. */
export class Positions {
  readonly #byEnvironment = new Map<string, Position>();

  constructor(positions: Iterable<Position> = []) {
    for (const position of positions) this.#byEnvironment.set(position.environment_id, position);
  }

  /** One for each environment. */
  list(): Position[] {
    return [...this.#byEnvironment.values()];
  }

  /** Moves on to a place, and returns it; undefined for one that it was past already. */
  pass({ environment_id = "", epoch, offset }: wire.StreamPosition): Position | undefined {
    const known = this.#byEnvironment.get(environment_id);
    if (known?.epoch === epoch && offset <= known.offset) return undefined;
    const now = { environment_id, epoch, offset };
    this.#byEnvironment.set(environment_id, now);
    return now;
  }

  /**
   * Begins where the server says that events follow from; where that is not where it stood, something may be missing,
   * and it is returned.
   */
  begin(streams: readonly wire.StreamPosition[]): Position[] {
    return streams.flatMap(({ environment_id = "", epoch, offset }) => {
      const known = this.#byEnvironment.get(environment_id);
      const now = { environment_id, epoch, offset };
      this.#byEnvironment.set(environment_id, now);
      return known && (known.epoch !== epoch || known.offset !== offset) ? [now] : [];
    });
  }
}
