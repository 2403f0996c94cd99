import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { sql } from "kysely";
import { expect, test } from "vitest";
import { crossing, temporaryFolder } from "./events.fixture.ts";
import { EventLog } from "./log.ts";
import { openLocal } from "./sqlite.ts";

test("a folder that cannot be is named", async () => {
  using folder = temporaryFolder();
  const file = join(folder.path, "file");
  writeFileSync(file, "");
  for (const path of [file, join(file, "below")]) {
    await expect(openLocal(path)).rejects.toMatchObject({
      code: "store-failed",
      message: expect.stringContaining(`the folder ${path} cannot be written`),
    });
  }
});

test("a file that is no database is refused and left as it was", async () => {
  using folder = temporaryFolder();
  const notes = join(folder.path, "sensorium.db");
  const text = "these are somebody's notes\n".repeat(100);
  writeFileSync(notes, text);
  for (const _ of ["first", "second"]) {
    await expect(openLocal(folder.path)).rejects.toMatchObject({
      code: "store-failed",
      retryable: false,
      message: expect.stringContaining(`the database in ${folder.path} is damaged or is no database`),
    });
  }
  expect(readFileSync(notes, "utf8")).toBe(text);
});

test("a full disk refuses what does not fit, keeps what did, and goes on when there is room", async () => {
  using folder = temporaryFolder();
  await using local = await openLocal(folder.path);
  const log = await EventLog.open(local.db);
  const many = () => Array.from({ length: 500 }, () => crossing());
  const { rows } = await sql<{ page_count: number }>`pragma page_count`.execute(local.db);
  await log.append([crossing()]);
  const limitPages = (pages: number) => sql`pragma max_page_count = ${sql.lit(pages)}`.execute(local.db);
  await limitPages((rows[0]?.page_count ?? 0) + 8);
  await expect(log.append(many())).rejects.toMatchObject({
    code: "store-failed",
    retryable: true,
    message: `the disk that holds ${folder.path} is full`,
  });
  expect(log.lastOffset).toBe(1);
  await limitPages(1_000_000);
  expect((await log.append(many())).at(-1)).toBe(501);
  expect(await log.after(0, { limit: 1000 })).toHaveLength(501);
});
