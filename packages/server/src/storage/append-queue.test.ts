import type { SensoriumEvent } from "@sensorium/protocol";
import { expect, test } from "vitest";
import { AppendQueue } from "./append-queue.ts";
import { crossing } from "./events.fixture.ts";

/** A disk whose flushes a test completes by hand. */
function slowDisk() {
  const flushes: {
    readonly events: readonly SensoriumEvent[];
    readonly done: PromiseWithResolvers<readonly number[]>;
  }[] = [];
  let offset = 0;
  return {
    sizes: (): number[] => flushes.map(({ events }) => events.length),
    commit: (events: readonly SensoriumEvent[]): Promise<readonly number[]> => {
      const done = Promise.withResolvers<readonly number[]>();
      flushes.push({ events, done });
      return done.promise;
    },
    succeed: (flush: number): void => flushes[flush]?.done.resolve(flushes[flush].events.map(() => ++offset)),
    fail: (flush: number): void => flushes[flush]?.done.reject(new Error("the disk is full")),
  };
}

const QUEUE_LIMIT = 10_000;

const queueOn = ({ commit }: ReturnType<typeof slowDisk>, batchLimit: number) =>
  new AppendQueue({ commit, batchLimit, queueLimit: QUEUE_LIMIT, noun: "events" });

const some = (count: number): SensoriumEvent[] => Array.from({ length: count }, () => crossing());

test("whoever arrives during a flush shares the next one, in the order of arrival", async () => {
  const disk = slowDisk();
  const queue = queueOn(disk, 100);
  const first = queue.append(some(1));
  const second = queue.append(some(2));
  const third = queue.append(some(1));
  disk.succeed(0);
  expect(await first).toEqual([1]);
  disk.succeed(1);
  expect(await second).toEqual([2, 3]);
  expect(await third).toEqual([4]);
  expect(disk.sizes()).toEqual([1, 3]);
});

test("a flush takes no more than its limit, and no call is split", async () => {
  const disk = slowDisk();
  const queue = queueOn(disk, 5);
  const calls = [queue.append(some(1)), queue.append(some(3)), queue.append(some(3)), queue.append(some(5))];
  for (const [flush, call] of calls.entries()) {
    disk.succeed(flush);
    await call;
  }
  expect(disk.sizes()).toEqual([1, 3, 3, 5]);
});

test("a flush that fails fails its own callers only, and the next goes on", async () => {
  const disk = slowDisk();
  const queue = queueOn(disk, 100);
  const first = queue.append(some(1));
  const second = queue.append(some(1));
  disk.fail(0);
  await expect(first).rejects.toThrow("the disk is full");
  disk.succeed(1);
  expect(await second).toEqual([1]);
  expect(queue.length).toBe(0);
});

test("a full queue refuses, counts what it refused, and takes more once there is room", async () => {
  const disk = slowDisk();
  const queue = queueOn(disk, QUEUE_LIMIT);
  const accepted = queue.append(some(QUEUE_LIMIT));
  await expect(queue.append(some(2))).rejects.toMatchObject({ code: "store-failed", retryable: true });
  expect(queue.refused).toBe(2);
  expect(queue.length).toBe(QUEUE_LIMIT);
  disk.succeed(0);
  await accepted;
  const again = queue.append(some(1));
  disk.succeed(1);
  expect(await again).toEqual([QUEUE_LIMIT + 1]);
});

test("draining waits for everything that was accepted", async () => {
  const disk = slowDisk();
  const queue = queueOn(disk, 1);
  const order: string[] = [];
  const done = [queue.append(some(1)), queue.append(some(1))].map((call, i) =>
    call.then(() => order.push(`call ${i}`)),
  );
  const drained = queue.drain().then(() => order.push("drained"));
  disk.succeed(0);
  await done[0];
  disk.succeed(1);
  await Promise.all([...done, drained]);
  expect(order).toEqual(["call 0", "call 1", "drained"]);
});
