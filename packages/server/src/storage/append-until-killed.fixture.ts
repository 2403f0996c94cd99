/**
 * Appends to the store in the folder (and site database) given, from four callers, and prints `offset id` once an event
 * is durable. A fifth adds poses, each of the next frame, and prints `pose frame` once one is.
 */
import { writeSync } from "node:fs";
import { crossing, pose } from "./events.fixture.ts";
import { Store } from "./store.ts";

const [, , folder = "", databaseUrl] = process.argv;
const store = await Store.open({ folder, databaseUrl });
const keepAppending = async (): Promise<never> => {
  for (;;) {
    const recorded = await store.append([crossing(), crossing()]);
    writeSync(1, recorded.map(({ event, position }) => `${position.offset} ${event.id}\n`).join(""));
  }
};
const keepAddingPoses = async (): Promise<never> => {
  for (let frame = 1; ; frame++) {
    await store.history.addPoses([pose({ frame })]);
    writeSync(1, `pose ${frame}\n`);
  }
};
await Promise.all([...Array.from({ length: 4 }, keepAppending), keepAddingPoses()]);
