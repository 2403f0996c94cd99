import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { BusyRoom } from "./busy-room.fixture.ts";
import { isSeen, Recording } from "./recording.ts";
import type { Judged } from "./rule.ts";
import { type Outcome, runConformance } from "./run.ts";
import { lineOf } from "./table.ts";

describe("our own server", () => {
  let room: BusyRoom;
  let outcome: Outcome;
  const lines: string[] = [];
  beforeAll(async () => {
    room = await BusyRoom.open();
    const { url, clock } = room;
    const target = { url, quick: true, token: await room.token(), expiringToken: await room.token(60) };
    const recording = new Recording((line) => lines.push(line));
    const onJudged = ({ name }: Judged): void => {
      if (name.startsWith("config_update ")) room.breakPoses();
    };
    outcome = await runConformance(target, { clock, recording, onJudged });
  });
  afterAll(() => room[Symbol.asyncDispose]());

  it("keeps every rule, and shows what every rule is about", () => {
    const others = outcome.judged.filter(({ verdict }) => verdict.kind !== "passed" && verdict.kind !== "left-out");
    expect(others.map(lineOf)).toEqual([]);
  });

  it("sends and takes every one of the twenty message types", () => {
    expect(outcome.types).toHaveLength(20);
    expect(outcome.types.filter((each) => !isSeen(each))).toEqual([]);
  });
});
