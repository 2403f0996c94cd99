import type { Activity } from "../analytics/activity/activities.ts";
import { blend, POSTURES, type Posture } from "./posture.ts";
import type { Random } from "./random.ts";
import type { Action, FallDirection, Script, Spot } from "./script.ts";

/** How somebody holds themselves, and where. */
export interface Bearing extends Spot {
  readonly posture: Posture;
  readonly heading: number;
}

/** A stretch of time in which a person goes from one bearing to another in one manner. */
export interface Segment {
  /** Seconds. */
  readonly start: number;
  readonly end: number;
  readonly from: Bearing;
  readonly to: Bearing;
  /** `smooth` starts and ends at rest; the rest is as its name says. */
  readonly manner: "still" | "smooth" | "fall" | "walk" | "run" | "jump";
  /** The truth for those who judge; unknown while it is on the way from one to another. */
  readonly activity: Activity;
}

/** Radians a limb may be off its place in a named posture. */
const LOOSENESS = 0.15;
const BED = 0.45;
const WAY_TO_BED = ["sitting"] as const;
const WAY_TO_FLOOR = ["kneeling", "squatting", "sitting-on-floor"] as const;

/** Takes a script apart; the same numbers of `random` give the same segments. */
export function segmentsOf(script: Script, random: Random): Segment[] {
  const plan = new Plan(script, random);
  for (const action of script.actions) plan.add(action);
  return plan.segments;
}

type Next = Partial<Bearing> & Pick<Segment, "activity"> & { readonly manner?: Segment["manner"] };

class Plan {
  readonly segments: Segment[] = [];
  readonly #random: Random;
  #now = 0;
  #bearing: Bearing;
  #activity: Activity = "standing";

  constructor({ start }: Script, random: Random) {
    this.#random = random;
    this.#bearing = { ...start, posture: this.#loose(POSTURES.standing) };
  }

  add(action: Action): void {
    switch (action.do) {
      case "stand":
        this.#stand();
        this.#hold(action.seconds);
        break;
      case "walk":
      case "run":
        this.#go(action.do, action.to, action.metresPerSecond);
        break;
      case "jump":
        this.#stand();
        for (let i = 0; i < action.times; i++) {
          this.#next(this.#random(0.9, 1.1), { manner: "jump", activity: "jumping" });
          this.#next(this.#random(0.2, 0.4), { manner: "still", activity: "jumping" });
        }
        this.#activity = "standing";
        break;
      case "turn":
        this.#turn(action.to);
        break;
      case "get-up":
        this.#stand(action.seconds);
        break;
      case "fall":
        this.#fall(action.direction, action);
        break;
      case "lie":
        this.#lie(action.on, action);
        break;
      default:
        this.#take(action.do, action);
    }
  }

  #next(seconds: number, { activity, manner = "smooth", ...to }: Next): void {
    const from = this.#bearing;
    this.#bearing = { ...from, ...to };
    this.segments.push({ start: this.#now, end: this.#now + seconds, from, to: this.#bearing, manner, activity });
    this.#now += seconds;
    this.#activity = activity;
  }

  #hold(seconds: number): void {
    if (seconds > 0) this.#next(seconds, { manner: "still", activity: this.#activity });
  }

  /** On the feet; by sitting and squatting for those who lie. */
  #stand(seconds?: number): void {
    const { posture } = this.#bearing;
    if (isUpright(posture)) return;
    const lies = isTurned(posture);
    const step = (seconds ?? this.#random(1.2, 2)) / (lies ? 2 : 1);
    if (lies && posture.pitch < 0.5) {
      const seat = posture.lift > 0 ? POSTURES.sitting : POSTURES["sitting-on-floor"];
      this.#next(step, { posture: this.#loose(seat), activity: "unknown" });
    }
    if (lies && posture.lift === 0) this.#next(step, { posture: this.#loose(POSTURES.squatting), activity: "unknown" });
    this.#next(step, { posture: this.#loose(POSTURES.standing), activity: "unknown" });
    this.#activity = "standing";
  }

  #turn(to: number): void {
    this.#stand();
    const { heading } = this.#bearing;
    const by = Math.atan2(Math.sin(to - heading), Math.cos(to - heading));
    if (Math.abs(by) > 0.01) this.#next(0.3 + Math.abs(by) / 3, { heading: heading + by, activity: "unknown" });
    this.#activity = "standing";
  }

  #go(manner: "walk" | "run", to: Spot, given?: number): void {
    const { x, y } = this.#bearing;
    const speed = given ?? (manner === "walk" ? this.#random(0.9, 1.5) : this.#random(2.6, 3.6));
    this.#turn(Math.atan2(to.y - y, to.x - x));
    const activity = manner === "walk" ? "walking" : "running";
    this.#next(Math.hypot(to.x - x, to.y - y) / speed, { x: to.x, y: to.y, manner, activity });
    this.#activity = "standing";
  }

  #fall(direction: FallDirection, { seconds, hold }: Timing): void {
    const { posture, heading } = this.#bearing;
    const side = direction === "left" ? 1 : -1;
    const lying = {
      forward: POSTURES["lying-on-front"],
      backward: POSTURES["lying-on-back"],
      left: POSTURES["lying-on-side"],
      right: { ...POSTURES["lying-on-side"], roll: -Math.PI / 2 },
    }[direction];
    const loose = this.#loose(lying, 0.35);
    this.#next(seconds ?? this.#random(0.5, 1.1), {
      posture: { ...loose, lift: 0 },
      heading: heading + this.#random(-0.3, 0.3) * side,
      manner: "fall",
      activity: "falling",
    });
    this.#next(0.4, {
      posture: blend(loose, { ...posture, pitch: loose.pitch, roll: loose.roll }, 0.08),
      activity: "lying",
    });
    this.#hold(hold);
  }

  #lie(on: "floor" | "bed", { seconds, hold }: Timing): void {
    const way = on === "bed" ? WAY_TO_BED : WAY_TO_FLOOR;
    const step = (seconds ?? this.#random(3, 5)) / (way.length + 1);
    const lying = { ...this.#loose(POSTURES["lying-on-back"], 0.25), lift: on === "bed" ? BED : 0 };
    this.#stand();
    for (const posture of way) this.#next(step, { posture: this.#loose(POSTURES[posture], 0.1), activity: "unknown" });
    this.#next(step, { posture: lying, activity: "unknown" });
    this.#activity = "lying";
    this.#hold(hold);
  }

  #take(what: "sit" | "sit-on-floor" | "kneel" | "bend" | "tie-shoes", { seconds, hold }: Timing): void {
    const { posture, activity, quick } = TAKEN[what];
    const onChair = what === "tie-shoes" && this.#activity === "sitting";
    if (!onChair) this.#stand();
    const before = this.#bearing.posture;
    if (what === "sit-on-floor")
      this.#next(quick, { posture: this.#loose(POSTURES.squatting, 0.1), activity: "unknown" });
    const reached = onChair ? { ...before, lean: 1.3, shoulders: POSTURES.bent.shoulders } : POSTURES[posture];
    const whole = seconds ?? this.#random(quick, 2 * quick);
    this.#next(whole, { posture: this.#loose(reached, 0.1), activity: "unknown" });
    this.#activity = activity;
    this.#hold(hold);
    if (what !== "bend" && what !== "tie-shoes") return;
    this.#next(whole, { posture: before, activity: "unknown" });
    this.#activity = onChair ? "sitting" : "standing";
  }

  /** A posture as this person takes it today. */
  #loose(posture: Posture, by = LOOSENESS): Posture {
    const off = (): number => this.#random(-by, by);
    return {
      ...posture,
      lean: posture.lean + off() / 2,
      hips: [posture.hips[0] + off(), posture.hips[1] + off()],
      knees: [Math.max(0, posture.knees[0] + off()), Math.max(0, posture.knees[1] + off())],
      shoulders: [posture.shoulders[0] + off(), posture.shoulders[1] + off()],
      elbows: [Math.max(0, posture.elbows[0] + off()), Math.max(0, posture.elbows[1] + off())],
    };
  }
}

interface Timing {
  readonly seconds?: number;
  readonly hold: number;
}

/** The posture an action ends in, what that counts as, and how many seconds it takes at the least. */
const TAKEN = {
  sit: { posture: "sitting", activity: "sitting", quick: 0.8 },
  "sit-on-floor": { posture: "sitting-on-floor", activity: "sitting", quick: 1.4 },
  kneel: { posture: "kneeling", activity: "unknown", quick: 0.9 },
  bend: { posture: "bent", activity: "unknown", quick: 0.7 },
  "tie-shoes": { posture: "shoe-in-reach", activity: "unknown", quick: 0.9 },
} as const;

const isTurned = ({ pitch, roll }: Posture): boolean => Math.abs(pitch) > 0.5 || Math.abs(roll) > 0.5;
const isUpright = (posture: Posture): boolean =>
  !isTurned(posture) && posture.lift === 0 && Math.max(...posture.hips, posture.lean, ...posture.knees) < 0.6;
