import { beforeAll, describe, expect, it } from "vitest";
import { BusyRoom } from "./busy-room.fixture.ts";
import { FaultyServer } from "./faulty-server.fixture.ts";
import { PassingTime } from "./passing-time.fixture.ts";
import { isSeen, MESSAGE_TYPES, Recording } from "./recording.ts";
import type { Judged } from "./rule.ts";
import { type Outcome, runConformance } from "./run.ts";
import { lineOf, summaryOf, typesTable } from "./table.ts";

describe("our own server", () => {
  let outcome: Outcome;
  let token: string;
  const lines: string[] = [];
  beforeAll(async () => {
    await using room = await BusyRoom.open();
    const { url, clock } = room;
    token = await room.token();
    const target = { url, quick: true, token, expiringToken: await room.token(60) };
    const recording = new Recording((line) => lines.push(line));
    const onJudged = ({ name }: Judged): void => {
      if (name.startsWith("config_update ")) room.breakPoses();
    };
    outcome = await runConformance(target, { clock, recording, onJudged });
  }, 60_000);

  it("keeps every rule, and shows what every rule is about", () => {
    const others = outcome.judged.filter(({ verdict }) => verdict.kind !== "passed" && verdict.kind !== "left-out");
    expect(others.map(lineOf)).toEqual([]);
    expect(summaryOf(outcome.judged, outcome.types)).toMatch(/20 of 20 message types seen: the server conforms$/);
  });

  it("sends and takes every one of the twenty message types", () => {
    expect(outcome.types.map(({ type }) => type)).toEqual([...new Set(MESSAGE_TYPES)]);
    expect(outcome.types).toHaveLength(20);
    expect(outcome.types.filter((each) => !isSeen(each))).toEqual([]);
    expect(typesTable(outcome.types)).not.toContain("not seen");
  });

  it("is recorded whole, a message to a line, without the credential", () => {
    const recorded = lines.map((line) => JSON.parse(line));
    const types = new Set(recorded.map(({ message }) => message?.type));
    expect([...types]).toEqual(expect.arrayContaining(MESSAGE_TYPES.slice(0, -1)));
    expect(recorded.every(({ direction, client }) => /^(sent|received|closed)$/.test(direction) && client)).toBe(true);
    expect(lines.join("")).not.toContain(token);
  });
});

describe("a server that does everything wrong", () => {
  let outcome: Outcome;
  beforeAll(async () => {
    using time = new PassingTime();
    await using server = await FaultyServer.open(time.clock);
    const target = { url: server.url, quick: true, token: "anything" };
    outcome = await runConformance(target, { clock: time.clock, recording: new Recording() });
  }, 60_000);
  const verdictOn = (start: string) => outcome.judged.find(({ name }) => name.startsWith(start))?.verdict;

  it.each([
    ["the subprotocol", "Server sent no subprotocol"],
    ["whoever shows no token", "an ack of a subscribe"],
    ["a token of alg none", "an ack of a subscribe"],
    ["client.subscribe.json", undefined],
    ["client.unsubscribe.json", undefined],
    ["client.update_subscription.json", "nothing"],
    ["refused.confidence.json", '"Bad filter"'],
    ["refused.event-type.json", "nothing"],
    ["min_confidence 0.5", undefined],
    ["max_fps 5", undefined],
    ["compression gzip by the throttle", "a frame that is not packed"],
    ["10 subscribe", "none"],
    ["1 heartbeat", "none"],
    ["60 general", "none"],
    ["exchange.unknown-type.json", "nothing"],
    ["system_event is", undefined],
    ["metadata.sequence", undefined],
    ["every message has", undefined],
    ["the server's heartbeat", "none"],
    ["client.disconnect.json", undefined],
  ])("fails by the rule that %s …", (start, received) => {
    expect(verdictOn(start)).toMatchObject({ kind: "failed", ...(received !== undefined && { received }) });
  });

  it.each(["tracking_update is", "token_expired"])("is not praised for what was never seen: %s …", (start) => {
    expect(verdictOn(start)).toMatchObject({ kind: "not-seen" });
  });

  it.each(["recover: everything", "a token in a first auth"])("need not have what is an extension: %s …", (start) => {
    expect(verdictOn(start)).toMatchObject({ kind: "not-applicable" });
  });

  it("does not conform, and is told what was expected", () => {
    expect(summaryOf(outcome.judged, outcome.types)).toMatch(/does not conform$/);
    const line = outcome.judged.map(lineOf).find((each) => each.includes("refused.confidence.json"));
    expect(line).toMatch(/^FAIL .*expected "Invalid subscription filter"; received "Bad filter"/);
  });
});
