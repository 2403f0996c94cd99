import { setImmediate as turn } from "node:timers/promises";
import { SensoriumError } from "@sensorium/protocol";
import fc from "fast-check";
import { expect, test } from "vitest";
import type { Clock } from "../flow/supervise.ts";
import { openActionRecords } from "../storage/action-table.ts";
import type { ActionRecords } from "../storage/actions.ts";
import { sqliteDatabase } from "../storage/databases.fixture.ts";
import { ActionLog } from "./action-log.ts";
import { beginRecord, connectionOf, publish, update, valuesOf, webhook } from "./actions.fixture.ts";
import type { Connect, Parcel } from "./sink.ts";

/** Where something breaks: the connection to a sink, or our whole process. */
type Fault = "none" | "lost before" | "lost after" | "killed before" | "killed after";
const fault = fc.oneof(
  { weight: 4, arbitrary: fc.constant<Fault>("none") },
  { weight: 1, arbitrary: fc.constantFrom<Fault>("lost before", "lost after", "killed before", "killed after") },
);

/** Pauses take no time, so that a thousand tries do not. */
const hurried: Clock = { now: () => performance.now(), random: () => 0, sleep: async () => void (await turn()) };

/** What is true of the servers, whatever becomes of us: rows by the id of their action, messages as they came. */
class Servers {
  readonly rows = new Map<string, string>();
  readonly messages: string[] = [];

  take({ id, delivery }: Parcel): void {
    if (delivery.type !== "begin-row" && delivery.type !== "update-row") this.messages.push(id);
    else if (!this.rows.has(id)) {
      this.rows.set(id, delivery.type === "begin-row" ? `begin ${delivery.sessionId}` : `update ${delivery.keyValue}`);
    }
  }
}

/** One life of our process; from `kill` on nothing that it does has an effect. */
class Life {
  readonly killed = Promise.withResolvers<"killed">();
  #dead = false;

  kill(): void {
    this.#dead = true;
    this.killed.resolve("killed");
  }

  /** Lets something happen, unless we are killed before, and be heard of, unless we are killed after. */
  async through<T>(kind: Fault, happen: () => Promise<T>): Promise<T> {
    if (kind === "killed before") this.kill();
    if (this.#dead) return await new Promise<never>(() => undefined);
    if (kind === "lost before") throw lost();
    const result = await happen();
    if (kind === "killed after") this.kill();
    if (this.#dead) return await new Promise<never>(() => undefined);
    if (kind === "lost after") throw lost();
    return result;
  }
}

const lost = (): SensoriumError => new SensoriumError("store-failed", "the connection broke", { retryable: true });

/** Records visits in lives that end where `faults` say, until the last of them has delivered everything. */
async function liveThrough(faults: { readonly sending: readonly Fault[]; readonly settling: readonly Fault[] }) {
  await using database = await sqliteDatabase();
  const records = inTurn(await openActionRecords(database.db));
  const servers = new Servers();
  const [sending, settling] = [faults.sending.values(), faults.settling.values()];
  const begin = async () => {
    const life = new Life();
    const connect: Connect = async () => ({
      lost: new AbortController().signal,
      deliver: (parcel) =>
        life.through(sending.next().value ?? "none", async () => {
          servers.take(parcel);
          return "done" as const;
        }),
      [Symbol.asyncDispose]: async () => undefined,
    });
    const ours: ActionRecords = {
      ...records,
      addActions: (added) => life.through("none", () => records.addActions(added)),
      nextActions: (from) => life.through("none", () => records.nextActions(from)),
      settleActions: (done) => {
        const kind = settling.next().value ?? "none";
        return life.through(kind.startsWith("lost") ? "none" : kind, () => records.settleActions(done));
      },
    };
    return { life, actions: await ActionLog.open({ records: ours, connect, clock: hurried }) };
  };
  let now = await begin();
  const restarted = async (killed: unknown): Promise<boolean> => {
    if (killed === "killed") now = await begin();
    return killed === "killed";
  };
  let promised = 0;
  for (let i = 0; i < 6; i++) {
    const heard = await Promise.race([
      now.actions.record(aVisit(), { connections, dueMs: 0 }),
      now.life.killed.promise,
    ]);
    if (!(await restarted(heard))) promised++;
  }
  while ((await records.waitingSinks()).length > 0)
    await restarted(await Promise.race([turn(), now.life.killed.promise]));
  await Promise.race([now.actions[Symbol.asyncDispose](), now.life.killed.promise]);
  return { promised, servers };
}

const connections = {
  postgresql: connectionOf("postgresql://u:p@127.0.0.1:1/d"),
  redis: { host: "127.0.0.1", port: 1, db: 0 },
};

const aVisit = () => {
  const values = valuesOf({ "brands.brand": "Honda", "bodies.body_type": null });
  return [beginRecord(values), publish(values), webhook(values, "http://127.0.0.1:1/"), update(values)];
};

/** One call after the other, as the store's worker takes them. */
function inTurn(records: ActionRecords): ActionRecords {
  let last: Promise<unknown> = Promise.resolve();
  const after = <T>(call: () => Promise<T>): Promise<T> => {
    const result = last.then(call);
    last = result.catch(() => undefined);
    return result;
  };
  return {
    addActions: (added) => after(() => records.addActions(added)),
    nextActions: (from) => after(() => records.nextActions(from)),
    settleActions: (done) => after(() => records.settleActions(done)),
    actionWaits: (which) => after(() => records.actionWaits(which)),
    refusedActions: (page) => after(() => records.refusedActions(page)),
    waitingSinks: () => after(() => records.waitingSinks()),
  };
}

/** Whether each visit began once and was then updated once, before the next began. */
const inOrder = (rows: readonly string[]): boolean =>
  new Set(rows).size === rows.length &&
  rows.every((row, i) => i % 2 === 0 || row === rows[i - 1]?.replace("begin", "update"));

test("wherever connections break and our process is killed, each row is there once, in order, and each message at least once", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.record({ sending: fc.array(fault, { maxLength: 40 }), settling: fc.array(fault, { maxLength: 20 }) }),
      async (faults) => {
        const { promised, servers } = await liveThrough(faults);
        const rows = [...servers.rows.values()];
        expect(inOrder(rows)).toBe(true);
        expect(rows.length).toBeGreaterThanOrEqual(2 * promised);
        expect(new Set(servers.messages).size).toBe(rows.length);
      },
    ),
    { numRuns: 25 },
  );
});

test("without a fault nothing is sent twice", async () => {
  const { promised, servers } = await liveThrough({ sending: [], settling: [] });
  expect(promised).toBe(6);
  expect(servers.rows.size).toBe(12);
  expect(servers.messages).toHaveLength(12);
});
