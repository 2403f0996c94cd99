import { micros, microsFromSeconds } from "@sensorium/protocol";
import { describe, expect, test } from "vitest";
import { peopleFrame } from "../../../test/people-frames.ts";
import type { Activity } from "./activities.ts";
import { type ActivityChange, noSettledActivities, settleActivities } from "./settle-activities.ts";

/** Somebody who does one thing after the other, each for so many tenths of a second; null is not seen. */
type Doing = readonly (readonly [activity: Activity | null, tenths: number, confidence?: number])[];

function replay(doing: Doing): ActivityChange[] {
  const step = settleActivities();
  let state = noSettledActivities;
  let tenth = 0;
  return doing.flatMap(([activity, tenths, confidence = 0.8]) => {
    const since = microsFromSeconds(tenth / 10);
    return Array.from({ length: tenths }, () => {
      const at = micros(tenth++ * 100_000);
      const frame = peopleFrame(activity === null ? [] : [{ person: 4, x: 200, track: 7 }]);
      const next = step(state, { frame, activities: activity === null ? [] : [{ activity, since, confidence }] }, at);
      state = next.state;
      return next.events;
    }).flat();
  });
}

const told = (doing: Doing): string =>
  replay(doing)
    .map(({ from, to }) => `${from} > ${to}`)
    .join(", ");

describe("a change of what somebody does", () => {
  test.each<{ name: string; doing: Doing; changes: string }>([
    {
      name: "is told when it has held for a second",
      doing: [
        ["standing", 20],
        ["walking", 20],
      ],
      changes: "standing > walking",
    },
    {
      name: "is not told before",
      doing: [
        ["standing", 20],
        ["walking", 9],
        ["standing", 20],
      ],
      changes: "",
    },
    {
      name: "is not told while something else is likelier",
      doing: [
        ["standing", 20],
        ["walking", 20, 0.000_03],
        ["standing", 20],
      ],
      changes: "",
    },
    { name: "is not what somebody does first", doing: [["walking", 30]], changes: "" },
    {
      name: "is not to be unsure of it",
      doing: [
        ["standing", 20],
        ["unknown", 30],
        ["standing", 20],
      ],
      changes: "",
    },
    {
      name: "is told across what was not sure",
      doing: [
        ["standing", 20],
        ["unknown", 30],
        ["sitting", 20],
      ],
      changes: "standing > sitting",
    },
    {
      name: "is not the fall between standing and lying",
      doing: [
        ["standing", 20],
        ["falling", 8],
        ["lying", 20],
      ],
      changes: "standing > lying",
    },
    {
      name: "is told across a moment out of sight",
      doing: [
        ["standing", 20],
        [null, 50],
        ["sitting", 20],
      ],
      changes: "standing > sitting",
    },
    {
      name: "is not known of who was away for long",
      doing: [
        ["standing", 20],
        [null, 150],
        ["sitting", 20],
      ],
      changes: "",
    },
  ])("$name", ({ doing, changes }) => {
    expect(told(doing)).toBe(changes);
  });

  test("says who, where, and since when", () => {
    expect(
      replay([
        ["standing", 20],
        ["walking", 20],
      ]),
    ).toEqual([
      {
        type: "activity-changed",
        ...{ person: 4, track: 7, from: "standing", to: "walking", since: 2_000_000, confidence: 0.8 },
        position: { x: 200, y: 250 },
      },
    ]);
  });
});

test("negative times are refused", () => {
  expect(() => settleActivities({ holdFor: micros(-1) })).toThrow(expect.objectContaining({ code: "config-invalid" }));
});
