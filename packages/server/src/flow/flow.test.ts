import { cameraId, micros, SensoriumError, wallMs } from "@sensorium/protocol";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Bounded } from "./bounded.ts";
import { Broadcast, Lagged } from "./broadcast.ts";
import { LocalBus } from "./bus.ts";
import { Calls } from "./calls.ts";
import { Frame } from "./frame.ts";
import { inOrder } from "./in-order.ts";
import { Latest } from "./latest.ts";
import { allocateSlots, SlotPool } from "./slots.ts";

class Token implements Disposable {
  readonly value: number;
  disposed = 0;
  constructor(value: number) {
    this.value = value;
  }
  [Symbol.dispose](): void {
    this.disposed++;
  }
}

function deferred<T>() {
  let resolve!: (value: T) => void;
  let reject!: (error: Error) => void;
  const promise = new Promise<T>((yes, no) => {
    resolve = yes;
    reject = no;
  });
  return { promise, resolve, reject };
}

describe("Latest", () => {
  it("gives the newest value, disposes and counts the ones replaced", async () => {
    const latest = new Latest<Token>();
    const tokens = [1, 2, 3].map((n) => new Token(n));
    for (const token of tokens) latest.put(token);
    latest.end();
    const read: number[] = [];
    for await (const token of latest) read.push(token.value);
    expect(read).toEqual([3]);
    expect(latest.dropped).toBe(2);
    expect(tokens.map((token) => token.disposed)).toEqual([1, 1, 0]);
  });

  it("disposes what arrives after its reader left", async () => {
    const latest = new Latest<Token>();
    latest.put(new Token(1));
    for await (const _ of latest) break;
    const late = new Token(2);
    latest.put(late);
    expect(late.disposed).toBe(1);
  });
});

describe("Bounded", () => {
  it("makes the writer wait while it is full and loses nothing", async () => {
    const queue = new Bounded<Token>(2);
    let written = 0;
    const writer = (async () => {
      for (let n = 1; n <= 5; n++) {
        await queue.put(new Token(n));
        written = n;
      }
      queue.end();
    })();
    await Promise.resolve();
    await Promise.resolve();
    expect(written).toBeLessThanOrEqual(2);
    const read: number[] = [];
    for await (const token of queue) read.push(token.value);
    await writer;
    expect(read).toEqual([1, 2, 3, 4, 5]);
    expect(queue.dropped).toBe(0);
  });

  it("lets waiting writers go, counting their values, when the reader leaves", async () => {
    const queue = new Bounded<Token>(1);
    const tokens = [1, 2, 3].map((n) => new Token(n));
    const writes = tokens.map((token) => queue.put(token));
    for await (const _ of queue) break;
    await Promise.all(writes);
    expect(queue.dropped).toBe(2);
    expect(tokens.slice(1).map((token) => token.disposed)).toEqual([1, 1]);
  });
});

describe("Frame", () => {
  const frame = (release: () => void) =>
    new Frame({
      camera: cameraId("door"),
      sequence: 1,
      at: micros(0),
      capturedMs: wallMs(0),
      decodedMs: wallMs(0),
      size: { width: 4, height: 4 },
      picture: null,
      release,
    });

  it("gives its memory back when its last owner is done, and only then", () => {
    let released = 0;
    const first = frame(() => released++);
    const second = first.share();
    first[Symbol.dispose]();
    expect(released).toBe(0);
    second[Symbol.dispose]();
    expect(released).toBe(1);
  });

  it("says so when it is released twice or shared after its release", () => {
    const once = frame(() => undefined);
    once[Symbol.dispose]();
    expect(() => once[Symbol.dispose]()).toThrow(SensoriumError);
    expect(() => once.share()).toThrow("after its release");
  });
});

describe("SlotPool", () => {
  it("makes a writer wait for a free slot and wakes it with the one given back", async () => {
    const pool = new SlotPool(allocateSlots(16, 1));
    expect(await pool.take()).toBe(0);
    const waiting = pool.take();
    pool.give(0);
    expect(await waiting).toBe(0);
    const last = pool.take();
    pool.close();
    expect(await last).toBeNull();
  });
});

describe("inOrder", () => {
  it("yields results in input order whatever order the calls finish in", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.nat(3), { maxLength: 20 }),
        fc.integer({ min: 1, max: 4 }),
        async (waits, concurrency) => {
          let running = 0;
          let most = 0;
          async function* input() {
            yield* waits.entries();
          }
          const read: number[] = [];
          const work = async ([index, turns]: [number, number]) => {
            most = Math.max(most, ++running);
            for (let i = 0; i < turns * 3; i++) await Promise.resolve();
            running--;
            return index;
          };
          for await (const index of inOrder(input(), work, { concurrency })) read.push(index);
          expect(read).toEqual(waits.map((_, index) => index));
          expect(most).toBeLessThanOrEqual(concurrency);
        },
      ),
    );
  });

  it("ends with the first failure, after the calls under way have settled", async () => {
    const [first, second] = [deferred<number>(), deferred<number>()];
    async function* input() {
      yield first;
      yield second;
      await new Promise(() => undefined);
    }
    let settled = false;
    const results = inOrder(input(), (call) => call.promise.finally(() => (settled = call === second)), {
      concurrency: 2,
    });
    const failing = results.next();
    setImmediate(() => {
      first.reject(new Error("model broke"));
      setImmediate(() => second.resolve(2));
    });
    await expect(failing).rejects.toThrow("model broke");
    expect(settled).toBe(true);
  });
});

describe("Calls", () => {
  it("fails every open call at once when the other side is gone", async () => {
    const calls = new Calls<string>();
    const [a, b] = [calls.open(), calls.open()];
    calls.settle(a.id, "done");
    calls.failAll(new SensoriumError("worker-lost", "the thread exited"));
    expect(await a.reply).toBe("done");
    await expect(b.reply).rejects.toThrow("the thread exited");
    expect(calls.size).toBe(0);
  });
});

describe("Broadcast", () => {
  it("tells when the first reader comes and the last one leaves", async () => {
    const demand: boolean[] = [];
    const broadcast = new Broadcast<number>((wanted) => demand.push(wanted));
    const [one, two] = [new AbortController(), new AbortController()];
    broadcast.latest(one.signal);
    broadcast.latest(two.signal);
    one.abort();
    expect(demand).toEqual([true]);
    two.abort();
    expect(demand).toEqual([true, false]);
  });

  it("lets a slow reader miss values without holding back another", async () => {
    const broadcast = new Broadcast<number>();
    const stop = new AbortController();
    const slow = broadcast.latest(stop.signal);
    const eager = broadcast.every(10, stop.signal);
    for (const n of [1, 2, 3]) broadcast.put(n);
    broadcast.end();
    const all: number[] = [];
    for await (const n of eager) all.push(n);
    expect(all).toEqual([1, 2, 3]);
    expect((await slow.next()).value).toBe(3);
  });

  it("never hides a hole: a reader too far behind is told", async () => {
    const broadcast = new Broadcast<number>();
    const reader = broadcast.every(2, new AbortController().signal);
    for (const n of [1, 2, 3]) broadcast.put(n);
    await expect(reader.next()).rejects.toBeInstanceOf(Lagged);
    expect(broadcast.readers).toBe(0);
  });
});

describe("LocalBus", () => {
  it("delivers a subject's messages in order to each of its readers and to nobody else", async () => {
    const bus = new LocalBus<{ crossings: number; sources: string }>();
    const stop = new AbortController();
    const crossings = bus.subscribe("crossings", { limit: 8, signal: stop.signal });
    bus.publish("sources", "online");
    bus.publish("crossings", 1);
    bus.publish("crossings", 2);
    stop.abort();
    const read: number[] = [];
    for await (const n of crossings) read.push(n);
    expect(read).toEqual([1, 2]);
  });
});
