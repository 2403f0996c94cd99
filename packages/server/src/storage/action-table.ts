import type { Kysely, Transaction } from "kysely";
import type {
  ActionRecords,
  AddedActions,
  Backlog,
  NewAction,
  RefusedAction,
  SettledActions,
  SinkRow,
  WaitingAction,
} from "./actions.ts";
import type { ActionRow, Schema } from "./schema.ts";

/** The most that may wait for one sink before its oldest actions that are not `kept` are given up. */
export interface BacklogLimits {
  readonly actions: number;
  readonly bytes: number;
}

export const BACKLOG_LIMITS: BacklogLimits = { actions: 100_000, bytes: 256 * 1024 * 1024 };
/** How many refused actions are kept for somebody to look at. */
export const REFUSED_KEPT = 1000;
/** Making room goes a little further than it must, so that it is not made again for every action. */
const ROOM = 0.95;

/** The records in a migrated database that nobody else writes to. */
export async function openActionRecords(
  db: Kysely<Schema>,
  limits: BacklogLimits = BACKLOG_LIMITS,
): Promise<ActionRecords> {
  const table = new ActionTable(db, limits);
  await table.open();
  return {
    addActions: (added) => table.add(added),
    nextActions: (from) => table.next(from),
    settleActions: (done) => table.settle(done),
    actionWaits: async ({ id }) =>
      (await db.selectFrom("actions").select("seq").where("id", "=", id).executeTakeFirst()) !== undefined,
    refusedActions: ({ limit }) => refusedActions(db, limit),
    waitingSinks: () => table.sinks(),
  };
}

class ActionTable {
  readonly #db: Kysely<Schema>;
  readonly #limits: BacklogLimits;
  #lastSeq = 0;
  readonly #backlogs = new Map<string, Backlog>();

  constructor(db: Kysely<Schema>, limits: BacklogLimits) {
    this.#db = db;
    this.#limits = limits;
  }

  async open(): Promise<void> {
    const rows = await this.#db
      .selectFrom("actions")
      .select((row) => [
        "sink",
        row.fn.countAll<number>().as("waiting"),
        row.fn.sum<number>("bytes").as("bytes"),
        row.fn.max("seq").as("last"),
      ])
      .groupBy("sink")
      .execute();
    for (const { last, ...backlog } of rows) {
      this.#backlogs.set(backlog.sink, backlog);
      this.#lastSeq = Math.max(this.#lastSeq, last);
    }
  }

  async add({ actions, sinks }: Parameters<ActionRecords["addActions"]>[0]): Promise<AddedActions> {
    const rows = actions.map((action, i) => rowOf(action, this.#lastSeq + 1 + i));
    const pictures = rows.flatMap(({ seq }, i) => {
      const bytes = actions[i]?.picture;
      return bytes ? [{ seq, bytes }] : [];
    });
    const touched = [...new Set(rows.map(({ sink }) => sink))];
    const changed = await this.#db.transaction().execute(async (trx) => {
      if (sinks.length > 0) {
        const addresses = trx.insertInto("action_sinks").values([...sinks]);
        await addresses
          .onConflict((conflict) =>
            conflict.column("sink").doUpdateSet((row) => ({ address: row.ref("excluded.address") })),
          )
          .execute();
      }
      if (rows.length > 0) await trx.insertInto("actions").values(rows).execute();
      if (pictures.length > 0) await trx.insertInto("action_pictures").values(pictures).execute();
      return await Promise.all(
        touched.map((sink) =>
          this.#makeRoom(
            trx,
            plus(
              this.#backlog(sink),
              rows.filter((row) => row.sink === sink),
            ),
          ),
        ),
      );
    });
    this.#lastSeq += rows.length;
    for (const { backlog } of changed) this.#backlogs.set(backlog.sink, backlog);
    return {
      backlogs: changed.map(({ backlog }) => backlog),
      gaveUp: changed.flatMap(({ backlog: { sink }, count }) => (count > 0 ? [{ sink, count }] : [])),
    };
  }

  async next({
    sink,
    limit,
    maxBytes,
  }: Parameters<ActionRecords["nextActions"]>[0]): Promise<readonly WaitingAction[]> {
    const rows = await this.#db
      .selectFrom("actions")
      .selectAll()
      .where("sink", "=", sink)
      .orderBy("seq")
      .limit(limit)
      .execute();
    const some = firstOf(rows, maxBytes);
    if (some.length === 0) return [];
    const seqs = some.map(({ seq }) => seq);
    const found = await this.#db.selectFrom("action_pictures").selectAll().where("seq", "in", seqs).execute();
    const pictures = new Map(found.map((picture) => [picture.seq, picture.bytes]));
    return some.map((row) => actionOf(row, pictures.get(row.seq) ?? null));
  }

  async settle({ sink, settled, refused }: SettledActions): Promise<Backlog> {
    const backlog = await this.#db.transaction().execute(async (trx) => {
      for (const { seq, reason, atMs } of refused) await keepRefused(trx, { seq, reason, atMs });
      return minus(this.#backlog(sink), await remove(trx, settled));
    });
    this.#backlogs.set(sink, backlog);
    return backlog;
  }

  async sinks(): Promise<readonly (SinkRow & Backlog)[]> {
    const used = this.#db.selectFrom("actions").select("sink");
    await this.#db.deleteFrom("action_sinks").where("sink", "not in", used).execute();
    const rows = await this.#db.selectFrom("action_sinks").selectAll().execute();
    return rows.map((row) => ({ ...row, ...this.#backlog(row.sink) }));
  }

  #backlog(sink: string): Backlog {
    return this.#backlogs.get(sink) ?? { sink, waiting: 0, bytes: 0 };
  }

  /** Gives up the oldest that need not arrive, where more waits than may. */
  async #makeRoom(trx: Transaction<Schema>, backlog: Backlog): Promise<{ backlog: Backlog; count: number }> {
    const { actions, bytes } = this.#limits;
    if (backlog.waiting <= actions && backlog.bytes <= bytes) return { backlog, count: 0 };
    const oldest = await trx
      .selectFrom("actions")
      .select(["seq", "bytes"])
      .where("sink", "=", backlog.sink)
      .where("kept", "=", 0)
      .orderBy("seq")
      .execute();
    const seqs: number[] = [];
    let left = backlog;
    for (const row of oldest) {
      if (left.waiting <= actions * ROOM && left.bytes <= bytes * ROOM) break;
      seqs.push(row.seq);
      left = minus(left, [row]);
    }
    for (let i = 0; i < seqs.length; i += 1000) await remove(trx, seqs.slice(i, i + 1000));
    return { backlog: left, count: seqs.length };
  }
}

function firstOf(rows: readonly ActionRow[], maxBytes: number): readonly ActionRow[] {
  let bytes = 0;
  const end = rows.findIndex((row, i) => {
    bytes += row.bytes;
    return i > 0 && bytes > maxBytes;
  });
  return end < 0 ? rows : rows.slice(0, end);
}

const plus = (backlog: Backlog, rows: readonly { readonly bytes: number }[]): Backlog => ({
  ...backlog,
  waiting: backlog.waiting + rows.length,
  bytes: rows.reduce((sum, { bytes }) => sum + bytes, backlog.bytes),
});

const minus = (backlog: Backlog, rows: readonly { readonly bytes: number }[]): Backlog => ({
  ...backlog,
  waiting: backlog.waiting - rows.length,
  bytes: rows.reduce((sum, { bytes }) => sum - bytes, backlog.bytes),
});

async function remove(
  trx: Transaction<Schema>,
  seqs: readonly number[],
): Promise<readonly { readonly bytes: number }[]> {
  if (seqs.length === 0) return [];
  await trx.deleteFrom("action_pictures").where("seq", "in", seqs).execute();
  return await trx.deleteFrom("actions").where("seq", "in", seqs).returning("bytes").execute();
}

/** The newest thousand; their pictures go. */
async function keepRefused(
  trx: Transaction<Schema>,
  { seq, reason, atMs }: SettledActions["refused"][number],
): Promise<void> {
  const found = await trx
    .selectFrom("actions")
    .select(["id", "sink", "body"])
    .where("seq", "=", seq)
    .executeTakeFirst();
  if (!found) return;
  await trx
    .insertInto("refused_actions")
    .values({ ...found, reason, refused_ms: atMs })
    .execute();
  const newest = trx.selectFrom("refused_actions").select("id").orderBy("refused_ms", "desc").orderBy("id", "desc");
  await trx.deleteFrom("refused_actions").where("id", "not in", newest.limit(REFUSED_KEPT)).execute();
}

async function refusedActions(db: Kysely<Schema>, limit: number): Promise<readonly RefusedAction[]> {
  const newest = db.selectFrom("refused_actions").selectAll().orderBy("refused_ms", "desc").orderBy("id", "desc");
  const rows = await newest.limit(limit).execute();
  return rows.map(({ refused_ms: atMs, ...row }) => ({ ...row, atMs }));
}

function rowOf({ id, sink, kept, dueMs, expiresMs, follows, body, picture }: NewAction, seq: number): ActionRow {
  const bytes = Buffer.byteLength(body) + (picture?.byteLength ?? 0);
  return { seq, id, sink, kept: Number(kept), due_ms: dueMs, expires_ms: expiresMs, follows, body, bytes };
}

function actionOf(row: ActionRow, picture: Uint8Array | null): WaitingAction {
  const { seq, id, sink, kept, due_ms: dueMs, expires_ms: expiresMs, follows, body } = row;
  return { seq, id, sink, kept: kept === 1, dueMs, expiresMs, follows, body, picture };
}
