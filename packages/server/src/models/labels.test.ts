import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { classNames, parseClassNames } from "./labels.ts";

/** A string as Python's repr writes it, characters outside ASCII escaped. */
function repr(text: string): string {
  const quote = text.includes("'") && !text.includes('"') ? '"' : "'";
  const escaped = [...text].map((character) => {
    const code = character.codePointAt(0) ?? 0;
    if (character === "\\" || character === quote) return `\\${character}`;
    if (character === "\n") return "\\n";
    if (code > 0xffff) return `\\U${code.toString(16).padStart(8, "0")}`;
    if (code > 0xff) return `\\u${code.toString(16).padStart(4, "0")}`;
    if (code < 0x20 || code > 0x7e) return `\\x${code.toString(16).padStart(2, "0")}`;
    return character;
  });
  return quote + escaped.join("") + quote;
}

describe("class names in a model's metadata", () => {
  it.each([
    ["{0: 'person', 1: 'car'}", ["person", "car"]],
    ["{1: 'car', 0: 'person'}", ["person", "car"]],
    ["['hard hat', \"driver's vest\"]", ["hard hat", "driver's vest"]],
    ["{0: 'it\\'s', 1: '\\u00e9t\\xe9', 2: '\\U0001f697'}", ["it's", "été", "🚗"]],
    [" { 0 : 'a' , } ", ["a"]],
    ["{0: 'a, 1: b'}", ["a, 1: b"]],
    ["{0: ''}", [""]],
  ])("%s is read", (literal, names) => {
    expect(parseClassNames(literal)).toEqual(names);
  });

  it.each([
    ["", "nothing"],
    ["{}", "no class"],
    ["person, car", "no literal"],
    ["{0: 'person', 2: 'car'}", "a hole"],
    ["{0: person}", "no quotes"],
    ["{'0': 'person'}", "keys that are no numbers"],
    ["['a', 1: 'b']", "a mixture"],
    ["{0: 'a' 1: 'b'}", "no comma"],
    ["{0: 'a', 999999999999999: 'b'}", "a huge key"],
    ["{0: __import__('os').system('true')}", "a program"],
    ["{0: '\\N{BULLET}'}", "an unknown escape"],
    ["{0: '\\U00ffffff'}", "a character that does not exist"],
    ["{0: 'a'}; exit()", "more behind it"],
  ])("%s is refused: %s", (literal) => {
    expect(() => parseClassNames(literal)).toThrow("its class names cannot be read");
  });

  it("survive Python's notation whatever they are", () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: "binary" }), { minLength: 1, maxLength: 12 }), (names) => {
        const dict = `{${names.map((name, i) => `${i}: ${repr(name)}`).join(", ")}}`;
        expect(parseClassNames(dict)).toEqual(names);
        expect(parseClassNames(`[${names.map(repr).join(", ")}]`)).toEqual(names);
      }),
    );
  });

  it("are read or refused in time, whatever stands there", () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(..."{}[]'\"\\,:0 ax"), maxLength: 2000 }), (text) => {
        try {
          expect(parseClassNames(text).length).toBeGreaterThan(0);
        } catch (thrown) {
          expect(String(thrown)).toContain("its class names cannot be read");
        }
      }),
    );
  });
});

describe("the classes of a model", () => {
  it("are COCO's when there are 80 and nothing else is known, and numbered when there are not", () => {
    expect(classNames(80, {})[79]).toBe("toothbrush");
    expect(classNames(2, {})).toEqual(["class 0", "class 1"]);
  });

  it("are refused when there are more or fewer names than classes", () => {
    expect(() => classNames(3, { names: "['a', 'b']" })).toThrow(
      "its metadata names 2 classes and its output has room for 3",
    );
  });
});
