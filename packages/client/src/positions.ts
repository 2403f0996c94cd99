import { MAX_POSITIONS } from "@sensorium/protocol/streaming";
import type { wifiDensepose as wire } from "@sensorium/protocol/wire";

/** Where a stream stands in an environment's record. */
export type Position = wire.StreamPosition & { readonly environment_id: string };

/** Where a stream stands in each environment, in as many as a server takes: those that have long gone are forgotten. */
export class Positions {
  /** What moved last comes last. */
  readonly #byEnvironment = new Map<string, Position>();
  /** Those that were not there when it began anew. */
  readonly #unsure = new Set<string>();

  constructor(positions: Iterable<Position> = []) {
    for (const position of positions) this.put(position);
  }

  /** One for each environment. */
  list(): Position[] {
    return [...this.#byEnvironment.values()];
  }

  /** Stands there from now on, whatever was before. */
  put(position: Position): void {
    this.#byEnvironment.delete(position.environment_id);
    this.#byEnvironment.set(position.environment_id, position);
    const [longestStill = ""] = this.#byEnvironment.keys();
    if (this.#byEnvironment.size > MAX_POSITIONS) this.#byEnvironment.delete(longestStill);
  }

  /** Moves on to a place, and returns it; undefined for one that it was past already. */
  pass({ environment_id = "", epoch, offset }: wire.StreamPosition): Position | undefined {
    const known = this.#byEnvironment.get(environment_id);
    if (known?.epoch === epoch && offset <= known.offset) return undefined;
    const now = { environment_id, epoch, offset };
    this.put(now);
    return now;
  }

  /**
   * Begins where the server says that events follow from; where that is not where it stood, something may be missing,
   * and it is returned. Of an environment that is not there, that is known when it comes back.
   */
  begin(streams: readonly wire.StreamPosition[]): Position[] {
    for (const environment of this.#byEnvironment.keys()) this.#unsure.add(environment);
    this.goOn(streams);
    return streams.flatMap(({ environment_id = "", epoch, offset }) => {
      const known = this.#byEnvironment.get(environment_id);
      const now = { environment_id, epoch, offset };
      this.put(now);
      return known && (known.epoch !== epoch || known.offset !== offset) ? [now] : [];
    });
  }

  /** Everything follows in these. */
  goOn(streams: readonly wire.StreamPosition[]): void {
    for (const { environment_id = "" } of streams) this.#unsure.delete(environment_id);
  }

  /** Those of some places in which something may be missing, as they were not there when it began anew; said once. */
  unsure(positions: readonly Position[]): Position[] {
    return positions.filter(({ environment_id }) => this.#unsure.delete(environment_id));
  }
}
