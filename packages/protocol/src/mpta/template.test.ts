import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  fillTemplate,
  type ParsedTemplate,
  parseMessageTemplate,
  parseTemplate,
  placeholdersOf,
  type Template,
} from "./template.ts";

function templateOf(parsed: ParsedTemplate): Template {
  if (!parsed.ok) throw new Error(parsed.problem);
  return parsed.template;
}

const values: Readonly<Record<string, unknown>> = {
  class: 'Big "car"',
  confidence: 0.98765,
  id: null,
  bbox: [1, 2, 3, 4],
  "brand-v1.2.brand": "Honda",
};
const filled = (parsed: ParsedTemplate): unknown => fillTemplate(templateOf(parsed), (name) => values[name]);

describe("a text template", () => {
  it.each([
    ["nothing", "nothing"],
    ["a:{class}:b", 'a:Big "car":b'],
    ["{confidence:.2f}", "0.99"],
    ["{class:.2f}", 'Big "car"'],
    ["{bbox}", "[1,2,3,4]"],
    ["<{id}>", "<>"],
    ["{brand-v1.2.brand}", "Honda"],
    ["{{class}}", "{class}"],
    ["{{{id}}}", "{}"],
  ])("%s becomes %s", (source, text) => {
    expect(filled(parseTemplate(source))).toEqual({ ok: true, text });
  });

  it.each([
    ["{", "has a { that belongs to no other; a brace itself is written {{"],
    ["a}b", "has a } that belongs to no other; a brace itself is written }}"],
    ["{a{b}", "has a { that belongs to no other; a brace itself is written {{"],
    ["{}", "has {}, which is not the name of a value"],
    ["{class!r}", "has {class!r}, which is not the name of a value"],
    ["{bbox[0]}", "has {bbox[0]}, which is not the name of a value"],
  ])("%s is refused", (source, problem) => {
    expect(parseTemplate(source)).toEqual({ ok: false, problem });
  });

  it("without a value for a name says which", () => {
    expect(filled(parseTemplate("{class}{x}{y}"))).toEqual({ ok: false, missing: ["x", "y"] });
  });

  it("of any text whose braces are doubled is that text", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), (text) => {
        expect(filled(parseTemplate(text.replace(/[{}]/g, "$&$&")))).toEqual({ ok: true, text });
      }),
    );
  });

  it("is read or refused, whatever it holds, and keeps what stands around its places", () => {
    const piece = fc.constantFrom("{", "}", "{class}", "{x.y}", "a", " ", '"', "{id:.1f}");
    const source = fc.array(piece).map((pieces) => pieces.join(""));
    fc.assert(
      fc.property(fc.oneof(source, fc.string()), (text) => {
        const parsed = parseTemplate(text);
        const braces = (kept: string): string => kept.replaceAll(/[{}]/g, "");
        const named = parsed.ok && fillTemplate(parsed.template, (name) => name);
        const expected = {
          ok: true,
          text: expect.toSatisfy((it) => braces(it) === braces(text.replaceAll(":.1f}", "}"))),
        };
        expect(parsed.ok ? named : parsed.problem).toEqual(parsed.ok ? expected : expect.stringMatching(/^has /));
      }),
    );
  });
});

describe("a message template", () => {
  it.each([
    ['{"event":"frontal_detected"}', { event: "frontal_detected" }],
    ['{"class":"{class}","confidence":{confidence},"id":{id}}', { class: 'Big "car"', confidence: 0.98765, id: null }],
    ['{"c":{confidence:.1f},"b":{bbox},"k":{class}}', { c: 1, b: [1, 2, 3, 4], k: 'Big "car"' }],
    ['{"a":{"b":{}}}', { a: { b: {} } }],
    ['{"a\\"b":"{class}"}', { 'a"b': 'Big "car"' }],
  ])("%s stays an object", (source, expected) => {
    const template = templateOf(parseMessageTemplate(source));
    expect(template.form).toBe("json");
    const result = fillTemplate(template, (name) => values[name]);
    expect(result.ok && JSON.parse(result.text)).toEqual(expected);
  });

  it.each(["{class}", "seen: {class}", "[1]", "{class} and {confidence}"])("%s is a text", (source) => {
    expect(templateOf(parseMessageTemplate(source)).form).toBe("text");
  });

  it("stays an object whatever is filled in", () => {
    const source = '{"{class}": {confidence}, "b": "x {class} {confidence}", "c": [{id}, "{id}"]}';
    const template = templateOf(parseMessageTemplate(source));
    expect(placeholdersOf(template).map(({ quoted }) => quoted)).toEqual([true, false, true, true, false, true]);
    fc.assert(
      fc.property(
        fc.anything().filter((it) => it !== undefined && typeof it !== "bigint" && typeof it !== "symbol"),
        fc.string(),
        (one, other) => {
          const result = fillTemplate(template, (name) => (name === "class" ? other : toData(one)));
          expect(result.ok && JSON.parse(result.text)).toMatchObject({ [other]: expect.toSatisfy(() => true) });
        },
      ),
    );
  });
});

/** Values of a detection are plain data. */
function toData(value: unknown): unknown {
  try {
    return JSON.parse(JSON.stringify(value)) ?? null;
  } catch {
    return null;
  }
}
