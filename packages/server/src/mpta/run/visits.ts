import { randomUUID } from "node:crypto";
import type { Micros } from "@sensorium/protocol";
import { type Due, dueFor } from "./due.ts";
import type { LoadedBundle } from "./loaded-bundle.ts";
import type { Found } from "./node-model.ts";
import type { NodeResult, PipelineResult } from "./result.ts";
import type { FrameContext } from "./values.ts";
import { type Seen, seenAs, VehicleTracks } from "./vehicle-tracks.ts";
import { VisitMemory } from "./visit-memory.ts";
import { type Visit, VisitTable } from "./visit-table.ts";

/** How visits are told apart; what is left out takes its default. */
export interface VisitOptions {
  /** A session and a record for every frame, as the original worker does it (false). */
  readonly perFrame?: boolean;
  /** A vehicle that was not seen for so long has gone; longer than the time between frames (10 s). */
  readonly timeoutMs?: number;
  /** Makes sessions' ids (random UUIDs). */
  readonly newId?: () => string;
}

const TIMEOUT_MS = 10_000;

/** A frame as its visits need it. */
export interface VisitFrame extends FrameContext {
  /** Media time; frames come in its order. */
  readonly at: Micros;
}

/** What a frame comes to for one subscription. */
export interface VisitStep extends Due {
  /** The UUID of the visit that the frame belongs to; null without one. */
  readonly session: string | null;
  /** The vehicle's track; null when it has none. */
  readonly track: number | null;
  /** Whether the record of the visit begins with this frame. */
  readonly begins: boolean;
}

/**
 * The visits of one subscription: which vehicle a frame shows, under which session, and what is to be done about it.
 * Records belong to visits; messages and pictures to frames.
 */
export class Visits {
  readonly #bundle: Pick<LoadedBundle, "pipeline" | "lowScore">;
  readonly #options: VisitOptions;
  readonly #newId: () => string;
  readonly #tracks: VehicleTracks;
  readonly #table: VisitTable;

  constructor(bundle: Pick<LoadedBundle, "pipeline" | "lowScore">, options: VisitOptions = {}) {
    const { timeoutMs = TIMEOUT_MS, newId = randomUUID } = options;
    const { minConfidence } = bundle.pipeline.pipeline;
    this.#bundle = bundle;
    this.#options = options;
    this.#newId = newId;
    this.#tracks = new VehicleTracks({ low: bundle.lowScore, high: minConfidence, timeoutMs });
    this.#table = new VisitTable(timeoutMs);
  }

  /** Takes what came of a frame. */
  step(result: PipelineResult, frame: VisitFrame): VisitStep {
    const { root, stop } = result;
    // A model that did not answer has not seen that the vehicles are gone.
    const seen = stop === "failed" ? [] : this.#follow(result.seen, frame.at);
    if (!root) return { session: null, track: null, begins: false, due: [], unfilled: [] };
    const vehicle = seenAs(vehicleOf(root), seen);
    const visit = this.#options.perFrame ? this.#newVisit() : this.#visitOf(root, { vehicle, seen, at: frame.at });
    const { pipeline } = this.#bundle;
    const begins = visit?.recorded === false && pipeline.postgresql !== undefined && isComplete(root);
    if (visit && begins) visit.recorded = true;
    const track = vehicle?.track ?? null;
    const { due, unfilled } = dueFor(root, { ...frame, pipeline, visit, begins, track, newId: this.#newId });
    return { session: visit?.session ?? null, track, begins, due, unfilled };
  }

  #follow(found: readonly Found[], at: Micros): Seen[] {
    const seen = this.#tracks.update(found, at);
    this.#table.follow(seen, at);
    return seen;
  }

  #visitOf(root: NodeResult, { vehicle, seen, at }: Scene): Visit | null {
    if (!vehicle) return null;
    const sighting = { seen: vehicle, at };
    const visit = this.#table.visitOf(sighting) ?? this.#table.open(this.#newVisit(), sighting);
    // Its parts are its own, so that a frame with only one of them is still of this visit.
    for (const found of root.best.values()) {
      const part = seenAs(found, seen);
      if (part) this.#table.visitOf({ seen: part, at });
    }
    return visit;
  }

  #newVisit(): Visit {
    return { session: this.#newId(), memory: new VisitMemory(), recorded: false };
  }
}

interface Scene {
  readonly vehicle: Seen | undefined;
  readonly seen: readonly Seen[];
  readonly at: Micros;
}

/** What the frame is about: the first of the expected classes that is there, or else the surest detection. */
function vehicleOf({ node: { multiClass, expectedClasses }, best, primary }: NodeResult): Found {
  const [first] = multiClass ? expectedClasses.flatMap((name) => best.get(name) ?? []) : [];
  return first ?? primary;
}

/** A record begins when everything is there that belongs together. */
const isComplete = ({ node: { multiClass, expectedClasses }, best }: NodeResult): boolean =>
  multiClass && expectedClasses.length > 0 && expectedClasses.every((name) => best.has(name));
