import { type Micros, microsFromSeconds, secondsOf } from "@sensorium/protocol";
import { boxAt } from "../../geometry/box.ts";
import { type Motion, velocityOf } from "../persons/motion.ts";
import type { PeopleFrame } from "../persons/people-frame.ts";
import type { Step } from "../step.ts";

/** The people of a frame and how each moves, in their order; null where that is not known. */
export interface MovingPeople {
  readonly frame: PeopleFrame;
  readonly motions: readonly (Motion | null)[];
}

/** Somebody began to move from where they were, or stays there again. */
export interface MovementEvent {
  readonly type: "moves" | "stays";
  readonly person: number;
}

interface Mover {
  readonly moves: boolean;
  /** Since when they seem to do the other of the two. */
  readonly turned: Micros | null;
  readonly seen: Micros;
}

/** Who moves, and how much of that there was since the step before. */
export interface MovementState {
  readonly people: ReadonlyMap<number, Mover>;
  /** Seconds of all people together between the last two steps; time out of sight is in neither. */
  readonly moving: number;
  readonly stationary: number;
}

/** Nobody seen yet. */
export const noMovement: MovementState = { people: new Map(), moving: 0, stationary: 0 };

/** Lengths of the longer side of the box per second; between the two it goes on as it was. */
const MOVES = 0.25;
const STAYS = 0.12;
/** How long before it counts: a swaying body does not go anywhere, and who turns round has not stopped. */
const MOVES_AFTER = microsFromSeconds(0.5);
const STAYS_AFTER = microsFromSeconds(1);
/** Longer out of sight, as a tracker waits, and nobody knows what they did meanwhile. */
const GAP = microsFromSeconds(2);
const FORGET_AFTER = microsFromSeconds(10);

/** A step that tells who goes about and who stays where they are, and for how long. */
export function followMovement(): Step<MovementState, MovingPeople, MovementEvent> {
  return (state, { frame, motions }, at) => {
    const people = new Map([...state.people].filter(([, { seen }]) => at - seen <= FORGET_AFTER));
    const events: MovementEvent[] = [];
    const spent = { moving: 0, stationary: 0 };
    frame.persons.forEach((person, index) => {
      const before = people.get(person) ?? { moves: false, turned: null, seen: at };
      const now = look(before, speedOf(frame, motions[index] ?? null, index), at);
      people.set(person, now);
      if (now.moves !== before.moves) events.push({ type: now.moves ? "moves" : "stays", person });
      const between = at - before.seen;
      if (between <= GAP) spent[before.moves ? "moving" : "stationary"] += secondsOf(at) - secondsOf(before.seen);
    });
    return { state: { people, ...spent }, events };
  };
}

function look({ moves, turned }: Mover, speed: number | null, at: Micros): Mover {
  const turns = speed !== null && (moves ? speed < STAYS : speed > MOVES);
  if (!turns) return { moves, turned: null, seen: at };
  const since = turned ?? at;
  const settled = at - since >= (moves ? STAYS_AFTER : MOVES_AFTER);
  return settled ? { moves: !moves, turned: null, seen: at } : { moves, turned: since, seen: at };
}

/** Null at the first sight, which shows no motion. */
function speedOf(frame: PeopleFrame, motion: Motion | null, index: number): number | null {
  if (!motion || motion.at === motion.startedAt) return null;
  const { x, y } = velocityOf(motion);
  const { x1, y1, x2, y2 } = boxAt(frame.tracked, index);
  return Math.hypot(x, y) / Math.max(1, x2 - x1, y2 - y1);
}
