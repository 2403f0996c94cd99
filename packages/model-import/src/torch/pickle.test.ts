import { describe, expect, it } from "vitest";
import * as p from "../testing/pickle.ts";
import { refusalOf } from "../testing/refusal.ts";
import { partsWithin } from "./nesting.ts";
import { readPickle } from "./pickle.ts";
import { attribute, entry, isKind, type PickleValue } from "./value.ts";

/** What lists, tuples, sets and dicts hold, as arrays and Maps of JavaScript; other values as they are. */
function plain(value: PickleValue): unknown {
  if (value === null || typeof value !== "object" || value instanceof Uint8Array) return value;
  if (value.kind === "dict") return new Map([...value.entries].map(([key, item]) => [plain(key), plain(item)]));
  if (value.kind === "list" || value.kind === "tuple" || value.kind === "set") return value.items.map(plain);
  return value;
}

describe("a pickle", () => {
  const dictOfBoth = new Map<unknown, unknown>([
    [0, "person"],
    ["0", "other"],
  ]);

  it.each<[string, p.Part[], unknown]>([
    ["None, true and false", [p.tuple(p.none, [0x88], [0x89])], [null, true, false]],
    [
      "integers of one, two and four bytes",
      [p.tuple([...p.chars("K"), 255], [...p.chars("M"), 1, 2], p.int(-5))],
      [255, 513, -5],
    ],
    ["a long integer", [[0x8a, 2, 0x00, 0x80]], -32768],
    ["an empty long integer", [[0x8a, 0]], 0],
    ["an integer beyond 2^53", [[0x8a, 8, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f]], 2n ** 63n - 1n],
    ["a float", [[...p.chars("G"), 0x3f, 0xf8, 0, 0, 0, 0, 0, 0]], 1.5],
    ["text", [p.text("Ärger\ufeff")], "Ärger\ufeff"],
    ["short text", [[0x8c, 2, ...p.chars("ok")]], "ok"],
    ["text of Python 2", [p.chars("U\x02ok")], "ok"],
    ["bytes", [p.chars("C\x02ok")], Uint8Array.of(0x6f, 0x6b)],
    ["a bytearray of protocol 5", [[0x96, 2, 0, 0, 0, 0, 0, 0, 0, ...p.chars("ok")]], Uint8Array.of(0x6f, 0x6b)],
    ["bytes of protocol 2", [p.call(p.global("_codecs", "encode"), p.text("ÿ"), p.text("latin1"))], Uint8Array.of(255)],
    ["no bytes of protocol 2", [p.call(p.global("__builtin__", "bytes"))], new Uint8Array()],
    [
      "a dict with a number and its text as keys",
      [p.emptyDict, p.mark, p.int(0), p.text("person"), p.text("0"), p.text("other"), p.setItems],
      dictOfBoth,
    ],
    ["a list that grows", [p.emptyList, p.int(1), p.append, p.mark, p.int(2), p.int(3), p.appends], [1, 2, 3]],
    ["a set", [[0x8f], p.mark, p.int(1), [0x90]], [1]],
    ["a frozenset", [p.mark, p.int(1), [0x91]], [1]],
    ["a set of protocol 2", [p.call(p.global("__builtin__", "set"), [...p.emptyList, ...p.int(4), ...p.append])], [4]],
    [
      "tuples of one, two and three",
      [p.int(1), [0x85], p.int(2), [0x86], p.none, p.none, [0x87]],
      [[[1], 2], null, null],
    ],
    ["a torch.Size", [p.call(p.global("torch", "Size"), p.tuple(p.int(8), p.int(4)))], [8, 4]],
    [
      "an OrderedDict of pairs",
      [p.call(p.global("collections", "OrderedDict"), p.tuple(p.tuple(p.text("a"), p.int(1))))],
      new Map([["a", 1]]),
    ],
    [
      "a defaultdict",
      [p.call(p.global("collections", "defaultdict"), p.global("builtins", "int")), p.text("a"), p.int(1), p.setItem],
      new Map([["a", 1]]),
    ],
    ["what was remembered", [p.text("conv"), p.put(300), p.pop, p.tuple(p.get(300), p.get(300))], ["conv", "conv"]],
    ["values remembered in order", [p.text("a"), p.memoize, p.pop, p.text("b"), p.memoize, p.pop, p.get(1)], "b"],
    ["a frame", [[0x95, 1, 0, 0, 0, 0, 0, 0, 0], p.none], null],
  ])("holds %s", (_what, parts, expected) => {
    expect(plain(readPickle(p.pickle(parts)))).toEqual(expected);
  });

  it("shares what is shared in it", () => {
    const value = readPickle(p.pickle([p.emptyList, p.put(0), p.pop, p.tuple(p.get(0), p.get(0))]));
    const items = isKind(value, "tuple") ? value.items : [];
    expect(items).toHaveLength(2);
    expect(items[0]).toBe(items[1]);
  });
});

/** What `pickle.dumps` of Python 3.11 writes for the same dict, by protocol, in base64. */
const fromPython: readonly [number, string][] = [
  [
    2,
    "gAJ9cQAoWAUAAABuYW1lc3EBfXECKEsAWAYAAABwZXJzb25xA0sHWAYAAADDhHJnZXJxBHVYBAAAAGludHNxBShLAEv/Tf//Sv////+KBQAAAIAAigX///9//4oHAAAAAAAAIIoJAAAAAAAAAADAdHEGWAUAAABmbG9hdHEHR7/4AAAAAAAAWAUAAABieXRlc3EIY19jb2RlY3MKZW5jb2RlCnEJWAMAAAAAw79xClgGAAAAbGF0aW4xcQuGcQxScQ1YCQAAAGJ5dGVhcnJheXEOY19fYnVpbHRpbl9fCmJ5dGVhcnJheQpxD2gJWAIAAABva3EQaAuGcRFScRKFcRNScRRYAwAAAHNldHEVY19fYnVpbHRpbl9fCnNldApxFl1xF0sDYYVxGFJxGVgGAAAAZnJvemVucRpjX19idWlsdGluX18KZnJvemVuc2V0CnEbXXEcSwRhhXEdUnEeWAUAAABvcmRlcnEfY2NvbGxlY3Rpb25zCk9yZGVyZWREaWN0CnEgKVJxIShYAQAAAGFxIohYAQAAAGJxI051WAYAAABzaGFyZWRxJF1xJShdcSZLAWFoJmVYBAAAAGxvbmdxJ1gsAQAAeHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4cShYBwAAAGNvbXBsZXhxKWNfX2J1aWx0aW5fXwpjb21wbGV4CnEqdS4=",
  ],
  [
    3,
    "gAN9cQAoWAUAAABuYW1lc3EBfXECKEsAWAYAAABwZXJzb25xA0sHWAYAAADDhHJnZXJxBHVYBAAAAGludHNxBShLAEv/Tf//Sv////+KBQAAAIAAigX///9//4oHAAAAAAAAIIoJAAAAAAAAAADAdHEGWAUAAABmbG9hdHEHR7/4AAAAAAAAWAUAAABieXRlc3EIQwIA/3EJWAkAAABieXRlYXJyYXlxCmNidWlsdGlucwpieXRlYXJyYXkKcQtDAm9rcQyFcQ1ScQ5YAwAAAHNldHEPY2J1aWx0aW5zCnNldApxEF1xEUsDYYVxElJxE1gGAAAAZnJvemVucRRjYnVpbHRpbnMKZnJvemVuc2V0CnEVXXEWSwRhhXEXUnEYWAUAAABvcmRlcnEZY2NvbGxlY3Rpb25zCk9yZGVyZWREaWN0CnEaKVJxGyhYAQAAAGFxHIhYAQAAAGJxHU51WAYAAABzaGFyZWRxHl1xHyhdcSBLAWFoIGVYBAAAAGxvbmdxIVgsAQAAeHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4cSJYBwAAAGNvbXBsZXhxI2NidWlsdGlucwpjb21wbGV4CnEkdS4=",
  ],
  [
    4,
    "gASVXwIAAAAAAAB9lCiMBW5hbWVzlH2UKEsAjAZwZXJzb26USweMBsOEcmdlcpR1jARpbnRzlChLAEv/Tf//Sv////+KBQAAAIAAigX///9//4oHAAAAAAAAIIoJAAAAAAAAAADAdJSMBWZsb2F0lEe/+AAAAAAAAIwFYnl0ZXOUQwIA/5SMCWJ5dGVhcnJheZSMCGJ1aWx0aW5zlIwJYnl0ZWFycmF5lJOUQwJva5SFlFKUjANzZXSUj5QoSwOQjAZmcm96ZW6UKEsEkZSMBW9yZGVylIwLY29sbGVjdGlvbnOUjAtPcmRlcmVkRGljdJSTlClSlCiMAWGUiIwBYpROdYwGc2hhcmVklF2UKF2USwFhaB5ljARsb25nlFgsAQAAeHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4lIwHY29tcGxleJRoC4wHY29tcGxleJSTlHUu",
  ],
  [
    5,
    "gAWVUgIAAAAAAAB9lCiMBW5hbWVzlH2UKEsAjAZwZXJzb26USweMBsOEcmdlcpR1jARpbnRzlChLAEv/Tf//Sv////+KBQAAAIAAigX///9//4oHAAAAAAAAIIoJAAAAAAAAAADAdJSMBWZsb2F0lEe/+AAAAAAAAIwFYnl0ZXOUQwIA/5SMCWJ5dGVhcnJheZSWAgAAAAAAAABva5SMA3NldJSPlChLA5CMBmZyb3plbpQoSwSRlIwFb3JkZXKUjAtjb2xsZWN0aW9uc5SMC09yZGVyZWREaWN0lJOUKVKUKIwBYZSIjAFilE51jAZzaGFyZWSUXZQoXZRLAWFoGWWMBGxvbmeUWCwBAAB4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHiUjAdjb21wbGV4lIwIYnVpbHRpbnOUjAdjb21wbGV4lJOUdS4=",
  ],
];

it.each(fromPython)("Python's own pickle of protocol %i has the values that it was made of", (_protocol, base64) => {
  const value = readPickle(new Uint8Array(Buffer.from(base64, "base64")));
  expect(plain(value)).toEqual(
    new Map<string, unknown>([
      [
        "names",
        new Map([
          [0, "person"],
          [7, "Ärger"],
        ]),
      ],
      ["ints", [0, 255, 65535, -1, 2 ** 31, -(2 ** 31) - 1, 2n ** 53n, -(2n ** 70n)]],
      ["float", -1.5],
      ["bytes", Uint8Array.of(0, 255)],
      ["bytearray", Uint8Array.of(0x6f, 0x6b)],
      ["set", [3]],
      ["frozen", [4]],
      [
        "order",
        new Map([
          ["a", true],
          ["b", null],
        ]),
      ],
      ["shared", [[1], [1]]],
      ["long", "x".repeat(300)],
      ["complex", { kind: "global", module: "builtins", name: "complex" }],
    ]),
  );
});

describe("an instance of a class", () => {
  const conv = p.global("ultralytics.nn.modules.conv", "Conv");
  const named = { kind: "object", module: "ultralytics.nn.modules.conv", name: "Conv" };

  it.each<[string, p.Part[], object]>([
    ["made without its constructor", [p.instance(conv, { i: p.int(3) })], { attributes: new Map([["i", 3]]) }],
    ["made by a call", [p.call(conv, p.int(3))], { args: [3] }],
    ["made with keywords", [conv, p.tuple(p.int(3)), p.dict({ k: p.none }), p.newObjectEx], { args: [3] }],
    ["of protocol 0's kind", [p.mark, p.int(3), p.chars("iultralytics.nn.modules.conv\nConv\n")], { args: [3] }],
    ["made of a mark", [p.mark, conv, p.int(3), p.chars("o")], { args: [3] }],
    [
      "named on the stack",
      [p.text("ultralytics.nn.modules.conv"), p.text("Conv"), p.stackGlobal, p.emptyTuple, p.newObject],
      {},
    ],
    [
      "with slots",
      [conv, p.emptyTuple, p.newObject, p.tuple(p.none, p.dict({ s: p.int(1) })), p.build],
      { attributes: new Map([["s", 1]]) },
    ],
    [
      "with a state of its own kind",
      [conv, p.emptyTuple, p.newObject, p.int(7), p.build],
      { attributes: new Map([["__setstate__", 7]]) },
    ],
    ["that is a list", [conv, p.emptyTuple, p.newObject, p.int(1), p.append], { items: [1] }],
    [
      "that is a dict",
      [conv, p.emptyTuple, p.newObject, p.int(1), p.int(2), p.setItem],
      { entries: new Map([[1, 2]]) },
    ],
    [
      "of an old protocol",
      [p.call(p.global("copy_reg", "_reconstructor"), conv, p.global("__builtin__", "object"), p.none)],
      {},
    ],
  ])("is a record when it is one %s", (_how, parts, expected) => {
    expect(readPickle(p.pickle(parts))).toMatchObject({ ...named, ...expected });
  });

  it.each([
    ["torch", "device"],
    ["functools", "partial"],
    ["torchvision.transforms.functional", "InterpolationMode"],
    ["pathlib", "PosixPath"],
    ["mypackage.layers", "_Hidden"],
  ])("is a record when %s.%s is called", (module, name) => {
    expect(readPickle(p.pickle([p.call(p.global(module, name), p.text("x"))]))).toMatchObject({
      kind: "object",
      module,
      name,
      args: ["x"],
    });
  });

  it("does not reach the prototypes of JavaScript", () => {
    const value = readPickle(p.pickle([p.instance(conv, { ["__proto__"]: p.dict({ polluted: p.int(1) }) })]));
    expect(entry(attribute(value, "__proto__"), "polluted")).toBe(1);
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
  });

  it("may have a member of an enum as Python 3.11 writes it", () => {
    const mode = p.global("torchvision.transforms.functional", "InterpolationMode");
    const value = readPickle(p.pickle([p.call(p.global("__builtin__", "getattr"), mode, p.text("BILINEAR"))]));
    expect(value).toEqual({
      kind: "global",
      module: "torchvision.transforms.functional",
      name: "InterpolationMode.BILINEAR",
    });
  });

  it("may name a function that is never called", () => {
    const value = readPickle(p.pickle([p.instance(conv, { act: p.global("torch.nn.functional", "silu") })]));
    expect(value).toMatchObject({
      attributes: new Map([["act", { kind: "global", module: "torch.nn.functional", name: "silu" }]]),
    });
  });
});

describe("a checkpoint that asks to run", () => {
  it.each([
    ["os", "system", "os.system"],
    ["posix", "system", "posix.system"],
    ["nt", "system", "nt.system"],
    ["subprocess", "Popen", "subprocess.Popen"],
    ["builtins", "eval", "builtins.eval"],
    ["__builtin__", "exec", "builtins.exec"],
    ["builtins", "__import__", "builtins.__import__"],
    ["torch", "os.system", "torch.os.system"],
    ["torch.serialization", "builtins.eval", "torch.serialization.builtins.eval"],
    ["importlib", "import_module", "importlib.import_module"],
    ["runpy", "_run_code", "runpy._run_code"],
    ["os.path", "join", "os.path.join"],
  ])("%s %s is refused by that name, called or only named", async (module, name, shown) => {
    const refusal = `model-invalid: The checkpoint asks to run ${shown}, which is refused.`;
    const named = [p.text(module), p.text(name), p.stackGlobal];
    expect(await refusalOf(() => readPickle(p.pickle([p.call(p.global(module, name), p.text("ls"))])))).toBe(refusal);
    expect(await refusalOf(() => readPickle(p.pickle([...named, p.tuple(p.text("ls")), p.reduce], 4)))).toBe(refusal);
    expect(await refusalOf(() => readPickle(p.pickle([p.instance(p.global(module, name), {})])))).toBe(refusal);
    const byMark = [p.mark, p.text("ls"), p.chars(`i${module}\n${name}\n`)];
    expect(await refusalOf(() => readPickle(p.pickle(byMark)))).toBe(refusal);
    expect(await refusalOf(() => readPickle(p.pickle(named)))).toBe(refusal);
  });

  const getattr = p.global("builtins", "getattr");

  it.each<[string, p.Part]>([
    ["an instance", p.call(getattr, p.instance(p.global("a", "B"), {}), p.text("method"))],
    ["a function", p.call(getattr, p.global("torch.hub", "load"), p.text("code"))],
    ["a class's inner workings", p.call(getattr, p.global("a", "B"), p.text("__subclasses__"))],
    ["a text", p.call(getattr, p.text("os"), p.text("system"))],
    ["nothing", p.call(getattr)],
    ["nothing, without a call", [...getattr, ...p.emptyTuple, ...p.newObject]],
  ])("builtins.getattr on %s is refused by that name", async (_what, part) => {
    expect(await refusalOf(() => readPickle(p.pickle([part])))).toBe(
      "model-invalid: The checkpoint asks to run builtins.getattr, which is refused.",
    );
  });

  it("a method of a class, named by builtins.getattr, is refused by that name", async () => {
    const method = p.call(getattr, p.global("torch.hub", "Loader"), p.text("load"));
    expect(await refusalOf(() => readPickle(p.pickle([p.call(method)])))).toBe(
      "model-unsupported: The checkpoint asks to run torch.hub.Loader.load, which is not known and refused.",
    );
  });

  it.each([
    ["torch.hub", "load"],
    ["torch.storage", "_load_from_bytes"],
    ["numpy.testing", "runstring"],
    ["mypackage", "hook"],
    ["_codecs", "decode"],
  ])("the unknown function %s.%s is refused by that name", async (module, name) => {
    expect(await refusalOf(() => readPickle(p.pickle([p.call(p.global(module, name), p.text("x"))])))).toBe(
      `model-unsupported: The checkpoint asks to run ${module}.${name}, which is not known and refused.`,
    );
  });
});

describe("a pickle is refused when", () => {
  const deep = Array.from({ length: 100_000 }, () => [0x85]);
  const looped = [p.emptyList, p.put(0), p.get(0), p.append];
  const loopedObject = [p.global("a", "B"), p.emptyTuple, p.newObject, p.put(0), p.dict({ self: p.get(0) }), p.build];
  const copies = [p.emptyList, p.put(0), p.mark, ...Array.from({ length: 5000 }, () => p.none), p.appends];
  const copied = Array.from({ length: 5000 }, () => [...p.call(p.global("builtins", "set"), p.get(0)), ...p.pop]);

  it.each<[string, readonly p.Part[], RegExp]>([
    ["a list contains itself", looped, /contains itself/],
    ["an object contains itself", loopedObject, /contains itself/],
    ["it nests very deeply", [p.emptyTuple, ...deep], /nests its values more than 250 levels/],
    ["a value has a huge number", [p.none, p.put(0xffffffff)], /numbers a value 4294967295/],
    ["it has very many steps", [p.none, Array(1_100_000).fill(p.chars("2")[0])], /more than 1000000 steps/],
    ["it copies a long list very often", [...copies, ...copied], /more than 1000000 steps/],
    ["a text is longer than the file", [[...p.chars("X"), 255, 255, 255, 255]], /cut off/],
    ["bytes are longer than anything", [[0x8e, ...Array<number>(8).fill(255)]], /cut off/],
    ["a text is not UTF-8", [[...p.chars("X"), 1, 0, 0, 0, 0xff]], /not UTF-8/],
    [
      "an integer has very many digits",
      [[0x8b, 0, 0, 1, 0, ...Array<number>(65536).fill(1)]],
      /integer of 65536 bytes/,
    ],
    ["a value is taken that is not there", [p.pop], /out of order/],
    ["a mark is taken that is not there", [p.chars("t")], /out of order/],
    ["a value beyond a mark is taken", [p.none, p.mark, p.reduce], /out of order/],
    ["what is referred to is not there", [p.get(3)], /refers to a value 3/],
    ["it ends without a value", [], /out of order/],
    ["a dict has a key without a value", [p.emptyDict, p.mark, p.none, p.setItems], /cannot hold/],
    ["a text is filled like a list", [p.text("x"), p.none, p.append], /cannot hold/],
    ["a tuple is given a state", [p.emptyTuple, p.emptyDict, p.build], /cannot hold/],
    ["a text is called", [p.text("x"), p.emptyTuple, p.reduce], /do not fit/],
    ["a set is made of a number", [p.call(p.global("builtins", "set"), p.int(3))], /do not fit/],
    ["weights are no storage", [p.int(0), p.persistentId], /do not fit/],
    ["an extension code stands for a class", [[0x82, 1]], /0x82 is no opcode/],
    ["data lies out of band", [[0x97]], /0x97 is no opcode/],
    ["a class's name is no name", [p.global("a b", "C")], /class that cannot exist/],
    ["a class's name does not end", [p.chars(`c${"a".repeat(5000)}`)], /without an end/],
  ])("%s", async (_what, parts, refusal) => {
    const read = () => partsWithin(readPickle(p.pickle(parts)));
    expect(await refusalOf(read)).toMatch(/^model-invalid: /);
    expect(await refusalOf(read)).toMatch(refusal);
  });

  it.each([0, 1, 6])("it is of protocol %i", async (protocol) => {
    expect(await refusalOf(() => readPickle(p.pickle([p.none], protocol)))).toMatch(/protocol \d; 2 to 5/);
  });

  it("it is cut off anywhere", async () => {
    const whole = p.pickle([p.instance(p.global("a", "B"), { weight: p.text("x"), size: p.tuple(p.int(3)) })]);
    for (let length = 0; length < whole.length; length++) {
      expect(await refusalOf(() => readPickle(whole.subarray(0, length)))).toMatch(/^model-invalid: /);
    }
  });
});
