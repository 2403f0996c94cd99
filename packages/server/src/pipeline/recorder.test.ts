import { type Recorded, SensoriumError, type SensoriumEvent } from "@sensorium/protocol";
import { describe, expect, it } from "vitest";
import { type Clock, systemClock } from "../flow/supervise.ts";
import { silentLog } from "../observe/log.ts";
import { newEventId } from "./event-id.ts";
import { type EventLog, Recorder } from "./recorder.ts";

const event = (wallMs: number): SensoriumEvent => ({
  id: newEventId(wallMs),
  type: "source",
  environment: "default",
  camera: "door",
  wallMs,
  simulated: false,
  state: "online",
});

/** A log that fails as often as it is told to and, like the real one, keeps an event's first position. */
function scriptedLog(failures: number): EventLog & { readonly events: SensoriumEvent[] } {
  const events: SensoriumEvent[] = [];
  let left = failures;
  return {
    events,
    async append(batch) {
      await Promise.resolve();
      const failing = left-- > 0;
      // The worst failure: it was written, and the answer was lost.
      for (const each of batch) if (!events.some(({ id }) => id === each.id)) events.push(each);
      if (failing) throw new SensoriumError("store-failed", "the disk is full", { retryable: true });
      return batch.map((each) => ({ event: each, position: { epoch: "e", offset: events.indexOf(each) + 1 } }));
    },
  };
}

/** Backoff takes no time; the grace at the end, which is longer than any first backoff, does. */
const noDelay: Clock = {
  ...systemClock,
  sleep: (ms, signal) => (ms < 2_000 ? Promise.resolve() : systemClock.sleep(ms, signal)),
};

describe("recording", () => {
  it("tells of events in order, once each, and only after the log has them", async () => {
    const log = scriptedLog(0);
    const told: number[] = [];
    const onRecorded = ({ event: { wallMs }, position }: Recorded): void => {
      expect(log.events[position.offset - 1]?.wallMs).toBe(wallMs);
      told.push(wallMs);
    };
    {
      await using recorder = new Recorder(log, { log: silentLog, clock: noDelay, onRecorded });
      for (let i = 0; i < 1200; i++) recorder.record(event(i));
    }
    expect(told).toEqual(Array.from({ length: 1200 }, (_, i) => i));
  });

  it("loses nothing and doubles nothing while the log fails for a while", async () => {
    const log = scriptedLog(3);
    const told: number[] = [];
    {
      await using recorder = new Recorder(log, {
        log: silentLog,
        clock: noDelay,
        onRecorded: (recorded) => told.push(recorded.event.wallMs),
      });
      for (let i = 0; i < 10; i++) recorder.record(event(i));
    }
    expect(told).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(log.events.length).toBe(10);
  });

  it("says that the log fails until it takes events again", async () => {
    const log = scriptedLog(1);
    const retried = Promise.withResolvers<void>();
    const told = Promise.withResolvers<void>();
    const held: Clock = { ...noDelay, sleep: (ms) => (ms < 2_000 ? retried.promise : told.promise) };
    const errors = Promise.withResolvers<void>();
    const loud = { ...silentLog, error: () => errors.resolve() };
    await using recorder = new Recorder(log, { log: loud, clock: held, onRecorded: () => told.resolve() });
    recorder.record(event(1));
    expect(recorder.failing).toBe(false);
    await errors.promise;
    expect(recorder.failing).toBe(true);
    expect([recorder.waiting, recorder.writtenMs]).toEqual([1, null]);
    retried.resolve();
    await told.promise;
    expect(recorder.failing).toBe(false);
    expect([recorder.waiting, recorder.writtenMs]).toEqual([0, expect.any(Number)]);
  });

  it("gives up the oldest events, and says how many, when the log stays away", async () => {
    const never: EventLog = {
      append: () => Promise.reject(new SensoriumError("store-failed", "gone", { retryable: true })),
    };
    const waiting = { ...systemClock, sleep: (_: number, signal: AbortSignal) => systemClock.sleep(5, signal) };
    const recorder = new Recorder(never, { log: silentLog, clock: waiting, onRecorded: () => expect.unreachable() });
    for (let i = 0; i < 10_005; i++) recorder.record(event(i));
    expect(recorder.lost).toBe(5);
    await recorder[Symbol.asyncDispose]();
  });
});

describe("event ids", () => {
  it("are UUIDs of version 7 that sort by their millisecond", () => {
    const ids = [5, 1_700_000_000_000, 1_795_000_000_000].map(newEventId);
    for (const id of ids) expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(ids.toSorted()).toEqual(ids);
    expect(newEventId(1)).not.toBe(newEventId(1));
  });
});
