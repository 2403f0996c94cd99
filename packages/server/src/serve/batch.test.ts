import { Duplex } from "node:stream";
import { describe, expect, it } from "vitest";
import { Batch, type Recipient } from "./batch.ts";

/** A client whose network takes what it is given at once, or not before `read` is called. */
class Client implements Recipient {
  readonly written: string[] = [];
  waits = 0;
  readonly #log: string[];
  #read: () => void = () => undefined;
  readonly stream: Duplex;

  constructor(name: string, { log = [], reads = true }: { readonly log?: string[]; readonly reads?: boolean } = {}) {
    this.#log = log;
    this.stream = new Duplex({
      write: (chunk: Buffer, _, done) => {
        this.#log.push(`${name} ${chunk.toString()}`);
        const take = (): void => {
          this.written.push(chunk.toString());
          done();
        };
        if (reads) take();
        else this.#read = take;
      },
    });
  }

  read(): void {
    this.#read();
  }

  wait(): void {
    this.waits++;
  }
}

function frame(batch: Batch, text: string): Uint8Array {
  const { scratch } = batch;
  const memory = scratch.take(Buffer.from(text), { at: 0, length: text.length });
  return scratch.part(memory, 0, text.length);
}

describe("frames that are added in one turn", () => {
  it("are written together when it ends, in their order", async () => {
    const batch = new Batch();
    const log: string[] = [];
    for (const name of ["a", "b", "c"]) batch.add(new Client(name, { log }), frame(batch, `of ${name}`));
    expect(log).toEqual([]);
    await Promise.resolve();
    expect(log).toEqual(["a of a", "b of b", "c of c"]);
  });

  it("are written once, also when there are more than a batch holds", async () => {
    const batch = new Batch();
    const clients = Array.from({ length: 100 }, (_, i) => new Client(`${i}`));
    for (const [i, client] of clients.entries()) batch.add(client, frame(batch, `frame ${i}`));
    await Promise.resolve();
    expect(clients.map(({ written }) => written)).toEqual(clients.map((_, i) => [`frame ${i}`]));
    await Promise.resolve();
    batch.flush();
    expect(clients.every(({ written }) => written.length === 1)).toBe(true);
  });

  it("are written at once when somebody asks", () => {
    const batch = new Batch();
    const client = new Client("a");
    const { turn } = batch;
    batch.add(client, frame(batch, "now"));
    expect(batch.turn).toBe(turn);
    batch.flush();
    expect([client.written, batch.turn === turn]).toEqual([["now"], false]);
  });
});

it("what a client has yet to read is not written over by later frames", async () => {
  const batch = new Batch();
  const slow = new Client("slow", { reads: false });
  const quick = new Client("quick");
  for (let i = 0; i < 5; i++) {
    if (i === 0) batch.add(slow, frame(batch, "first"));
    batch.add(quick, frame(batch, `later ${i}`));
    await Promise.resolve();
  }
  slow.read();
  expect([slow.written, slow.waits, quick.waits]).toEqual([["first"], 1, 0]);
  expect(quick.written).toEqual([0, 1, 2, 3, 4].map((i) => `later ${i}`));
});
