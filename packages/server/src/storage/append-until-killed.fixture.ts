/** Appends to the store in the folder (and site database) given, from four callers, and prints `offset id` once an event is durable. */
import { writeSync } from "node:fs";
import { crossing } from "./events.fixture.ts";
import { Store } from "./store.ts";

const [, , folder = "", databaseUrl] = process.argv;
const store = await Store.open({ folder, databaseUrl });
const keepAppending = async (): Promise<never> => {
  for (;;) {
    const recorded = await store.append([crossing(), crossing()]);
    writeSync(1, recorded.map(({ event, position }) => `${position.offset} ${event.id}\n`).join(""));
  }
};
await Promise.all(Array.from({ length: 4 }, keepAppending));
