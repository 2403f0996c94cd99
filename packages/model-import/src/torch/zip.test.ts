import { deflateRawSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { refusalOf } from "../testing/refusal.ts";
import { type ZipSpec, zip } from "../testing/zip.ts";
import { ZipArchive } from "./zip.ts";

const content = new Uint8Array(Buffer.from("weights ".repeat(50)));
const sound: ZipSpec = { name: "best/data/0", content };

async function readAll(bytes: Uint8Array) {
  const archive = new ZipArchive(bytes);
  return Promise.all(archive.names.map((name) => archive.read(name)));
}

describe("a zip file", () => {
  it.each<[string, ZipSpec]>([
    ["stored", sound],
    ["deflated", { ...sound, deflate: true }],
    ["with sizes of 64 bits", { ...sound, wide: true }],
    ["empty", { name: "best/empty", content: new Uint8Array() }],
    ["empty and deflated", { name: "best/empty", content: new Uint8Array(), deflate: true }],
  ])("gives the content of an entry that is %s", async (_how, spec) => {
    expect(await readAll(zip([spec]))).toEqual([spec.content]);
    expect(await readAll(zip([spec], { wide: true }))).toEqual([spec.content]);
  });

  it("is read where it lies in a larger buffer", async () => {
    const file = zip([sound, { ...sound, name: "best/data/1", deflate: true }]);
    const larger = new Uint8Array(file.length + 20).fill(0x50);
    larger.set(file, 7);
    expect(await readAll(larger.subarray(7, 7 + file.length))).toEqual([content, content]);
  });

  it("gives stored entries without a copy", async () => {
    const file = zip([sound]);
    expect((await readAll(file))[0]?.buffer).toBe(file.buffer);
  });

  it("has no content for a name that it does not hold", async () => {
    expect(await new ZipArchive(zip([sound])).read("best/data/9")).toBeUndefined();
  });

  it("is refused wherever it is cut off", async () => {
    const file = zip([sound, { ...sound, name: "best/data/1", deflate: true }]);
    for (let length = 0; length < file.length; length++) {
      expect(await refusalOf(() => readAll(file.subarray(0, length)))).toMatch(/^model-invalid: .*cut off/);
    }
  });

  it("is refused or reads the same when any one byte of it is another", async () => {
    const file = zip(
      [
        { ...sound, deflate: true },
        { ...sound, name: "best/data/1" },
      ],
      { wide: true },
    );
    for (let at = 0; at < file.length; at++) {
      const damaged = file.slice();
      damaged[at] = (damaged[at] ?? 0) ^ 0x41;
      const outcome = await refusalOf(async () => expect(await readAll(damaged)).toEqual([content, content]));
      expect(outcome).toMatch(/^(accepted|model-(invalid|unsupported): )/);
    }
  });
});

describe("a zip file is refused when", () => {
  const bomb = new Uint8Array(30_000_000);
  const cases: [string, Uint8Array, RegExp][] = [
    ["a checksum is wrong", zip([{ ...sound, crc: 7 }]), /invalid: .* the checksum of best\/data\/0 is wrong/],
    ["a name is there twice", zip([sound, sound]), /invalid: .* holds best\/data\/0 twice/],
    ["entries overlap", zip([sound, { ...sound, name: "best/data/1", header: 20 }]), /invalid: .*not where it should/],
    ["two entries share content", overlapping(), /invalid: .*(overlaps|another name)/],
    ["an entry lies beyond the file", zip([{ ...sound, header: 1e9 }]), /invalid: .*not where it should be/],
    ["an entry goes by two names", zip([{ ...sound, localName: "best/data/7" }]), /invalid: .*another name/],
    ["an entry is stored in two sizes", zip([{ ...sound, size: 4_000_000 }]), /invalid: .*two sizes/],
    ["it would unpack to very much", zip([{ name: "bomb", content: bomb, deflate: true }]), /invalid: .*would unpack/],
    ["an entry unpacks to more than it says", zip([{ ...sound, deflate: true, size: 100 }]), /invalid: .*100 bytes/],
    ["an entry unpacks to less than it says", zip([{ ...sound, deflate: true, size: 500 }]), /invalid: .*500 bytes/],
    ["deflated content is damaged", zip([{ ...sound, method: 8, size: 400 }]), /invalid: .*does not unpack/],
    ["an entry is encrypted", zip([{ ...sound, flags: 1 }]), /unsupported: .*encrypted/],
    ["an entry is compressed otherwise", zip([{ ...sound, method: 93 }]), /unsupported: .*unknown method 93/],
    ["a name cannot be shown", zip([{ ...sound, name: "best/\x1b[2J" }]), /invalid: .*unreadable name/],
    ["the table of contents is larger than the file", directoryOf(0x7fffffff), /invalid: .*does not fit/],
  ];

  it.each(cases)("%s", async (_what, file, refusal) => {
    expect(await refusalOf(() => readAll(file))).toMatch(refusal);
  });

  it("deflated content goes on for long after the size it declares", async () => {
    const lying = zip([{ name: "bomb", content: bomb, deflate: true, size: 1000 }]);
    expect(deflateRawSync(bomb).length).toBeLessThan(lying.length);
    expect(await refusalOf(() => readAll(lying))).toMatch(/invalid: .*does not unpack to its 1000 bytes/);
  });
});

/** The second entry lies within the content of the first. */
function overlapping(): Uint8Array {
  const inner = zip([{ name: "inner", content }]);
  return zip([
    { name: "outer", content: inner },
    { name: "inner", content, header: 30 + "outer".length },
  ]);
}

function directoryOf(size: number): Uint8Array {
  const file = zip([sound]);
  new DataView(file.buffer).setUint32(file.length - 10, size, true);
  return file;
}
