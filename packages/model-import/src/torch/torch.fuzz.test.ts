import { globSync, readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import * as p from "../testing/pickle.ts";
import { refusalOf } from "../testing/refusal.ts";
import { describeWithSharedData, sharedPath } from "../testing/shared-data.ts";
import { four, matrix, network } from "../testing/tiny-checkpoint.ts";
import { checkpointFile, zip } from "../testing/zip.ts";
import { readCheckpoint } from "./checkpoint.ts";
import { partsWithin } from "./nesting.ts";
import { operations } from "./opcodes.ts";
import { readPickle } from "./pickle.ts";
import { isKind } from "./value.ts";
import { ZipArchive } from "./zip.ts";

/** Cases per property: a few seconds' worth unless `npm run fuzz` asks for more. */
const runs = Number(process.env.SENSORIUM_FUZZ_RUNS ?? 2000);

/** Reading a whole real pickle takes some hundred times as long as a tiny one. */
const runsOnRealFiles = Math.ceil(runs / 20);

const timeout = 30_000 + runs * 10;

/** A place in a file as a share of its length. A double of fast-check is next to always close to 0. */
const share = fc.nat({ max: 99_999 }).map((part) => part / 100_000);

/** One change to a file: where, and what. */
const change = fc.record({
  at: share,
  from: share,
  length: fc.integer({ min: 1, max: 24 }),
  byte: fc.oneof(fc.nat({ max: 255 }), fc.constantFrom(...operations.keys())),
  word: fc.oneof(fc.nat({ max: 0xffffffff }), fc.nat({ max: 1000 }), fc.constantFrom(0xffffffff, 0x7fffffff, 1 << 24)),
  kind: fc.constantFrom("set", "flip", "word", "cut", "copy", "insert", "remove"),
});

type Change = typeof change extends fc.Arbitrary<infer T> ? T : never;

/** Mostly a single change, with which a reader gets furthest. */
const changes = fc.oneof(
  { weight: 3, arbitrary: fc.array(change, { minLength: 1, maxLength: 1 }) },
  { weight: 1, arbitrary: fc.array(change, { minLength: 2, maxLength: 6 }) },
);

function changed(original: Uint8Array, list: readonly Change[]): Uint8Array {
  return list.reduce<Uint8Array>((bytes, { at, from, length, byte, word, kind }) => {
    const place = Math.floor(at * bytes.length);
    const before = bytes.subarray(0, place);
    const after = bytes.subarray(place);
    if (kind === "cut") return before;
    if (kind === "set") return joined(before, Uint8Array.of(byte), after.subarray(1));
    if (kind === "flip") return joined(before, Uint8Array.of((after[0] ?? 0) ^ (1 << (byte % 8))), after.subarray(1));
    if (kind === "word") return joined(before, new Uint8Array(Uint32Array.of(word).buffer), after.subarray(4));
    if (kind === "insert") return joined(before, new Uint8Array(length).fill(byte), after);
    if (kind === "remove") return joined(before, after.subarray(length));
    const source = Math.floor(from * bytes.length);
    return joined(before, bytes.subarray(source, source + length), after);
  }, original);
}

function joined(...parts: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts));
}

/** Reads everything that a caller could ask for. */
async function readWeights(bytes: Uint8Array): Promise<void> {
  const { root } = await readCheckpoint(bytes);
  for (const part of partsWithin(root)) if (isKind(part, "tensor")) part.floats();
}

async function expectValueOrRefusal(read: () => unknown): Promise<void> {
  expect(await refusalOf(read)).toMatch(/^(accepted|model-(invalid|unsupported): )/);
}

/** Pickles that are well-formed opcode by opcode, so that they get far. */
const opcodes = fc.array(
  fc.oneof(
    fc.constantFrom<p.Part>(
      ...[p.none, p.emptyList, p.emptyDict, p.emptyTuple, p.mark, p.append, p.appends, p.setItem, p.setItems],
      ...[p.reduce, p.newObject, p.newObjectEx, p.build, p.duplicate, p.pop, p.stackGlobal, p.memoize, p.persistentId],
      ...[p.chars("t"), p.chars("o"), p.chars("d"), p.chars("1"), [0x85], [0x86], [0x87], [0x8f], [0x90], [0x91]],
      ...[p.text("torch"), p.text("Size"), p.text("storage"), p.text("latin1"), network, p.tensor(matrix)],
    ),
    fc.integer({ min: 0, max: 6 }).map(p.put),
    fc.integer({ min: 0, max: 6 }).map(p.get),
    fc.integer({ min: -3, max: 5 }).map(p.int),
    fc
      .constantFrom<[string, string]>(
        ["torch._utils", "_rebuild_tensor_v2"],
        ["torch._utils", "_rebuild_parameter"],
        ["torch._tensor", "_rebuild_from_type_v2"],
        ["torch", "FloatStorage"],
        ["collections", "OrderedDict"],
        ["builtins", "set"],
        ["builtins", "tuple"],
        ["_codecs", "encode"],
        ["copyreg", "_reconstructor"],
        ["torch.nn", "Conv2d"],
        ["builtins", "getattr"],
        ["os", "system"],
      )
      .map(([module, name]) => p.global(module, name)),
  ),
  { maxLength: 60 },
);

describe("whatever a pickle holds, it is read or refused", () => {
  it("when it is made of random bytes", { timeout }, () =>
    fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), (bytes) =>
        expectValueOrRefusal(() => partsWithin(readPickle(bytes))),
      ),
      { numRuns: runs },
    ),
  );

  it("when it is made of random opcodes", { timeout }, () =>
    fc.assert(
      fc.asyncProperty(opcodes, (parts) => expectValueOrRefusal(() => partsWithin(readPickle(p.pickle(parts))))),
      { numRuns: runs },
    ),
  );

  it("when a sound one has been changed", { timeout }, () => {
    const sound = p.pickle([network]);
    return fc.assert(
      fc.asyncProperty(changes, (list) => expectValueOrRefusal(() => partsWithin(readPickle(changed(sound, list))))),
      { numRuns: runs },
    );
  });
});

describe("whatever a zip file holds, it is read or refused", () => {
  it("when it is made of random bytes", { timeout }, () =>
    fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        const begun = joined(Uint8Array.of(0x50, 0x4b, 3, 4), bytes);
        return expectValueOrRefusal(() => readWeights(begun));
      }),
      { numRuns: runs },
    ),
  );

  it.each([
    ["stored", false],
    ["deflated", true],
  ])("when a sound checkpoint, %s, has been changed", { timeout }, (_how, deflate) => {
    const sound = checkpointFile(p.pickle([network]), { storages: { 0: four }, byteorder: "little", deflate });
    return fc.assert(
      fc.asyncProperty(changes, (list) => expectValueOrRefusal(() => readWeights(changed(sound, list)))),
      { numRuns: runs },
    );
  });

  it("when one with 64-bit records has been changed", { timeout }, () => {
    const specs = ["a", "b"].map((name) => ({ name, content: four, deflate: name === "a", wide: true }));
    const sound = zip(specs, { wide: true });
    const readAll = (bytes: Uint8Array) => {
      const archive = new ZipArchive(bytes);
      return Promise.all(archive.names.map((name) => archive.read(name)));
    };
    return fc.assert(
      fc.asyncProperty(changes, (list) => expectValueOrRefusal(() => readAll(changed(sound, list)))),
      { numRuns: runs },
    );
  });

  it("when a tensor claims any layout", { timeout }, () => {
    const size = fc.oneof(fc.integer({ min: -1, max: 5 }), fc.integer());
    const sizes = fc.array(size, { maxLength: 3 });
    const layout = fc.record({ offset: size, length: fc.oneof(fc.constant(4), size), shape: sizes, strides: sizes });
    return fc.assert(
      fc.asyncProperty(layout, (claimed) => {
        const pickle = p.pickle([p.tensor({ ...matrix, ...claimed })]);
        return expectValueOrRefusal(() => readWeights(checkpointFile(pickle, { storages: { 0: four } })));
      }),
      { numRuns: runs },
    );
  });

  it("when only the pickle in a sound zip file has been changed", { timeout }, () => {
    const sound = p.pickle([network]);
    return fc.assert(
      fc.asyncProperty(changes, (list) =>
        expectValueOrRefusal(() => readWeights(checkpointFile(changed(sound, list), { storages: { 0: four } }))),
      ),
      { numRuns: runs },
    );
  });
});

describeWithSharedData("a changed real checkpoint is read or refused", () => {
  it.each(globSync("{cls-cars,yolov5n}/*.pt", { cwd: sharedPath("models/pt") }))("%s", { timeout }, async (file) => {
    const archive = new ZipArchive(new Uint8Array(readFileSync(sharedPath(`models/pt/${file}`))));
    const pickle = await archive.read(archive.names.find((name) => name.endsWith("data.pkl")) ?? "");
    const sound = pickle ?? new Uint8Array();
    expect(sound.length).toBeGreaterThan(10_000);
    await fc.assert(
      fc.asyncProperty(changes, (list) => expectValueOrRefusal(() => partsWithin(readPickle(changed(sound, list))))),
      { numRuns: runsOnRealFiles },
    );
  });
});
