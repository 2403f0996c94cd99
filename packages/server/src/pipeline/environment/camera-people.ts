import { isDeepStrictEqual } from "node:util";
import {
  type ActivityChange,
  countPeople,
  emptyFrame,
  followMovement,
  type InactivityEvent,
  type InactivityState,
  noInactivity,
  noMovement,
  noOccupancy,
  noPresence,
  noSettledActivities,
  noZones,
  type PeopleFrame,
  type PeopleLook,
  type Presence,
  type PresenceEvent,
  presenceOf,
  settleActivities,
  type TrackedFrame,
  trackPresence,
  watchInactivity,
  watchZones,
  type ZoneEvent,
  type ZoneState,
} from "@sensorium/perception";
import { type Micros, micros, type Size } from "@sensorium/protocol";
import type { ZoneConfig } from "../../config/config.ts";
import type { PeopleShown } from "../camera-view.ts";
import { Ongoing } from "../ongoing.ts";

/** Somebody is in the picture or one of its zones, or is not any more. */
export interface Coming {
  /** Null for the picture. */
  readonly zone: string | null;
  readonly person: number;
  readonly entered: boolean;
}

/** What is new of the people of one camera. */
export interface PeopleNews {
  /** The moment on the stream's clock. */
  readonly at: Micros;
  /** Of the picture, in which all positions are. */
  readonly size: Size;
  readonly presence: readonly PresenceEvent[];
  readonly activities: readonly ActivityChange[];
  readonly inactivity: readonly InactivityEvent[];
  readonly comings: readonly Coming[];
  readonly look: PeopleLook;
}

interface Shown {
  readonly frame: PeopleFrame;
  readonly activities: PeopleShown["activities"];
  readonly motions: PeopleShown["motions"];
}

/** A camera that gave no frame for longer shows nobody, as far as anybody can tell. */
const SILENT_SECONDS = 3;
const SECOND = 1e6;
/** Longer than anybody is remembered. */
const FOR_EVER = 3_600e6;

/** Everything that is told of the people of one camera besides their falls. */
export class CameraPeople {
  readonly #presence = new Ongoing(trackPresence(), noPresence);
  readonly #activities = new Ongoing(settleActivities(), noSettledActivities);
  readonly #inactivity: Ongoing<InactivityState, PeopleFrame, InactivityEvent>;
  readonly #movement = new Ongoing(followMovement(), noMovement);
  readonly #picture = new Ongoing(countPeople({ keepFor: micros(0) }), noOccupancy);
  #zones: readonly ZonePeople[] = [];
  #last: { readonly at: Micros; readonly size: Size } | undefined;
  #silentSeconds = 0;

  /** Not to move for `inactiveAfter` is told. */
  constructor(inactiveAfter: Micros) {
    this.#inactivity = new Ongoing(watchInactivity({ after: inactiveAfter }), noInactivity);
  }

  /** From now on, not to move for so long is told. */
  follow(inactiveAfter: Micros): void {
    this.#inactivity.follow(watchInactivity({ after: inactiveAfter }));
  }

  /** Watches these zones from now on, and returns those that are no more or anew; the others keep who is in them. */
  look(zones: readonly ZoneConfig[]): readonly string[] {
    const before = this.#zones;
    this.#zones = zones.map((zone) => {
      return before.find((known) => isDeepStrictEqual(known.zone, zone)) ?? new ZonePeople(zone);
    });
    return before.filter((zone) => !this.#zones.includes(zone)).map(({ zone }) => zone.id);
  }

  /** Null for a frame of a stream whose clock began anew: everybody must be let go of first. */
  take({ frame, activities, motions, at }: PeopleShown): PeopleNews | null {
    const late = this.#last ? this.#last.at - at : -1;
    // What was guessed of a silent camera may be a little ahead of it.
    if (late > SILENT_SECONDS * SECOND) return null;
    this.#silentSeconds = 0;
    const moment = micros(late >= 0 ? (this.#last?.at ?? at) + 1 : at);
    return this.#step({ frame, activities, motions }, moment);
  }

  /** To be called every second: what the silence of a camera tells, null while it is not silent. */
  listen(): PeopleNews | null {
    if (!this.#last || ++this.#silentSeconds < SILENT_SECONDS) return null;
    const seconds = this.#silentSeconds === SILENT_SECONDS ? SILENT_SECONDS : 1;
    return this.#nobody(seconds * SECOND);
  }

  /** Everybody is let go of; what comes after that is another beginning. */
  end(): PeopleNews | null {
    const news = this.#nobody(FOR_EVER);
    this.#last = undefined;
    return news;
  }

  /** How somebody is there; null for who is not. */
  presenceOf(person: number): Presence | null {
    return presenceOf(this.#presence.state, person);
  }

  #nobody(after: number): PeopleNews | null {
    if (!this.#last) return null;
    const { at, size } = this.#last;
    return this.#step({ frame: emptyFrame(size), activities: [], motions: [] }, micros(at + after));
  }

  #step(shown: Shown, at: Micros): PeopleNews {
    const { frame } = shown;
    const { persons, size, tracked } = frame;
    this.#last = { at, size };
    const presence = this.#presence.take(frame, at);
    const movements = this.#movement.take(shown, at).filter(({ type }) => type === "moves").length;
    const { moving, stationary } = this.#movement.state;
    return {
      ...{ at, size, presence },
      activities: this.#activities.take(shown, at),
      inactivity: this.#inactivity.take(frame, at),
      comings: this.#comings(frame, at),
      look: { persons, scores: tracked.scores, movements, moving, stationary },
    };
  }

  #comings(frame: PeopleFrame, at: Micros): Coming[] {
    const picture = this.#picture.take(frame, at).map(({ type, person }) => {
      return { zone: null, person, entered: type === "person-entered" };
    });
    return [...picture, ...this.#zones.flatMap((zone) => zone.take(frame, at))];
  }
}

/** A zone of the picture, and who is in it. */
class ZonePeople {
  readonly zone: ZoneConfig;
  readonly #people: Ongoing<ZoneState, TrackedFrame, ZoneEvent>;

  constructor(zone: ZoneConfig) {
    this.zone = zone;
    this.#people = new Ongoing(watchZones({ ...zone, zones: [zone] }), noZones);
  }

  /** A person is in a zone whatever their track is called. */
  take({ tracked, persons, size }: PeopleFrame, at: Micros): Coming[] {
    const changes = this.#people.take({ tracked: { ...tracked, tracks: persons }, size }, at);
    return changes.map(({ type, track }) => ({ zone: this.zone.id, person: track, entered: type === "entered" }));
  }
}
