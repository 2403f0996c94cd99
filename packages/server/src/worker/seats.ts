import { reasonOf, type Size } from "@sensorium/protocol";
import { detectorWorker } from "@sensorium/protocol/wire";
import type { StreamState } from "../capture/stream-tap.ts";
import type { Frame } from "../flow/frame.ts";
import type { Unfilled } from "../mpta/run/due.ts";
import type { DueAction } from "../mpta/run/due-action.ts";
import type { LoadedBundle } from "../mpta/run/loaded-bundle.ts";
import { type Attributes, attributesOf, type PipelineResult } from "../mpta/run/result.ts";
import type { Visits } from "../mpta/run/visits.ts";
import type { Log } from "../observe/log.ts";

/** What came of one frame for one subscription. */
export interface Sighting {
  readonly capturedMs: number;
  readonly attributes: Attributes;
  /** The UUID of the visit; null without one. */
  readonly session: string | null;
}

/** A subscription as the place that looks for it knows it. */
export interface Onlooker {
  readonly subscriptionIdentifier: string;
  onState(state: StreamState): void;
  onSighting(sighting: Sighting): void;
  /** The crop lies outside of the picture: nothing is looked at; null: it does not any more. */
  onOutside(picture: Size | null): void;
}

/** Takes over what is to be done about a frame; what it needs of the frame it has when the promise resolves. */
export type Act = (due: readonly DueAction[], of: ActionContext) => Promise<void>;

/** What is to be done belongs to this. */
export interface ActionContext {
  readonly frame: Frame;
  readonly bundle: LoadedBundle;
  readonly subscriptionIdentifier: string;
}

/** What onlookers are served by. */
export interface SeatsInit {
  readonly act: Act;
  readonly log: Log;
  /** Null where nothing is looked for. */
  readonly newVisits: () => Visits | null;
}

interface Seat {
  readonly visits: Visits | null;
  readonly onlookers: Set<Onlooker>;
}

/** Those who share what is looked at. The onlookers of one subscription share its visits: one visit is one record. */
export class Seats {
  readonly #init: SeatsInit;
  /** By subscription. */
  readonly #seats = new Map<string, Seat>();
  readonly #told = new Set<string>();

  constructor(init: SeatsInit) {
    this.#init = init;
  }

  get isEmpty(): boolean {
    return this.#seats.size === 0;
  }

  add(onlooker: Onlooker): void {
    const { subscriptionIdentifier: id } = onlooker;
    const seat = this.#seats.get(id) ?? { visits: this.#init.newVisits(), onlookers: new Set() };
    seat.onlookers.add(onlooker);
    this.#seats.set(id, seat);
  }

  remove(onlooker: Onlooker): void {
    const { subscriptionIdentifier: id } = onlooker;
    const seat = this.#seats.get(id);
    if (seat?.onlookers.delete(onlooker) && seat.onlookers.size === 0) this.#seats.delete(id);
  }

  *[Symbol.iterator](): Generator<Onlooker> {
    for (const { onlookers } of this.#seats.values()) yield* onlookers;
  }

  /** Tells everybody what came of a frame, and does what is to be done. Returns how many were told. Never rejects. */
  async conclude(result: PipelineResult, of: Pick<ActionContext, "frame" | "bundle">): Promise<number> {
    const told = [...this.#seats].map(([id, seat]) => this.#concludeFor(seat, { result, id, ...of }));
    return (await Promise.all(told)).reduce((sum, count) => sum + count, 0);
  }

  async #concludeFor({ visits, onlookers }: Seat, { result, id, frame, bundle }: Concluded): Promise<number> {
    const { log, act } = this.#init;
    const { capturedMs, at } = frame;
    try {
      const step = visits?.step(result, { cameraId: id, displayId: detectorWorker.displayOf(id), capturedMs, at });
      for (const each of step?.unfilled ?? []) this.#noteOnce(id, each);
      const sighting = { capturedMs, attributes: attributesOf(result.root), session: step?.session ?? null };
      for (const onlooker of onlookers) onlooker.onSighting(sighting);
      if (step && step.due.length > 0) await act(step.due, { frame, bundle, subscriptionIdentifier: id });
    } catch (thrown) {
      log.error({ subscription: id, reason: reasonOf(thrown) }, "nothing was done about a frame");
    }
    return onlookers.size;
  }

  /** The same would be said of frame after frame. */
  #noteOnce(subscription: string, unfilled: Unfilled): void {
    const text = JSON.stringify([subscription, unfilled]);
    if (this.#told.has(text)) return;
    this.#told.add(text);
    this.#init.log.warn({ subscription, ...unfilled }, "an action names what is not known");
  }
}

interface Concluded {
  readonly result: PipelineResult;
  readonly id: string;
  readonly frame: Frame;
  readonly bundle: LoadedBundle;
}
