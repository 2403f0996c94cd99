import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { checkConfigFile, configJsonSchema, durationMs, readSegment } from "./index.ts";

/** Each problem as `path: sentence`. */
function problemsOf(value: unknown): readonly string[] {
  const checked = checkConfigFile(value);
  return checked.ok ? [] : checked.problems.map(({ path, message }) => `${path.join(".")}: ${message}`);
}

const camera = (fields: object): object => ({ cameras: { door: { source: "rtsp://192.0.2.1/s", ...fields } } });
const line = (value: unknown): object => camera({ lines: { main: value } });
const zone = (value: unknown): object => camera({ zones: { queue: value } });
const triangle = [
  [0, 0],
  [1, 0],
  [0.5, 1],
];

describe("a configuration file", () => {
  it("may be empty, and is complete then but for what depends on the machine", () => {
    expect(checkConfigFile({})).toMatchObject({
      ok: true,
      file: {
        home: ".sensorium",
        server: { host: "127.0.0.1", port: 8000, auth: "token" },
        counter: { enabled: true, host: "127.0.0.1", port: 8765, streamQuality: 75 },
        defaults: { classes: ["person"], traffic: { people: 5, window: "60 s", quiet: "60 s" } },
      },
    });
  });

  it.each([
    ["a line as a text", line("0.72,0.2,0.72,1")],
    ["a line as an object", line({ from: [0.1, 0.2], to: [0.3, 0.4], anchor: "centre", oncePerTrack: true })],
    ["no lines", camera({ lines: {} })],
    ["a zone as its corners", zone(triangle)],
    ["a zone with settings", zone({ polygon: triangle, enterAfter: "2 s" })],
    ["a part of the traffic rule", camera({ traffic: { people: 12 } })],
    ["masks", camera({ masks: [triangle] })],
    ["an RTSP source with its transport", camera({ source: { kind: "rtsp", url: "rtsps://h/s", transport: "udp" } })],
    ["a snapshot source", camera({ source: { kind: "http-snapshot", url: "http://h/s.jpg", interval: "2 s" } })],
    ["an MJPEG source", camera({ source: { kind: "http-mjpeg", url: "https://h/s" } })],
    ["proxies by number", { server: { trustProxy: 1 } }],
    ["proxies by address", { server: { trustProxy: ["10.0.0.0/8", "::1"] } }],
    ["a simulated source", camera({ source: { kind: "simulated", seed: 7 } })],
    ["a certificate", { server: { tls: { certificate: "a.pem", key: "b.pem" } } }],
    ["retention in days", { store: { retention: { crossings: "400 days", events: "30 d" } } }],
  ])("may have %s", (_, value) => {
    expect(problemsOf(value)).toEqual([]);
  });

  it.each([
    ["a list for the whole", [], ": must be a section of settings"],
    ["a section that does not exist", { servr: {} }, "servr: is not a setting; did you mean server?"],
    ["a setting with swapped letters", { server: { prot: 1 } }, "server.prot: is not a setting; did you mean port?"],
    ["a setting like no other", { reset: { colour: 1 } }, "reset.colour: is not a setting; there are time, zone"],
    ["a text for a number", { server: { port: "80" } }, "server.port: must be a number"],
    ["a port out of range", { counter: { port: 70000 } }, "counter.port: must be at most 65535"],
    ["half a thread", { models: { threads: 0.5 } }, "models.threads: must be a whole number"],
    [
      "an unknown word",
      { logLevel: "inof" },
      "logLevel: must be debug, info, warn, error or silent; did you mean info?",
    ],
    ["a time without its zero", { reset: { time: "4:00" } }, "reset.time: must be HH:MM between 00:00 and 23:59"],
    ["a zone nobody knows", { reset: { zone: "Mars/X" } }, "reset.zone: must be a time zone such as Europe/Berlin"],
    ["a page that is no origin", { counter: { origins: ["x"] } }, "counter.origins.0: must be an origin such as"],
    ["an origin with a path", { server: { origins: ["https://a.example/"] } }, "server.origins.0: must be an origin"],
    ["everybody", { server: { origins: ["*"] } }, "server.origins.0: must be an origin such as https://"],
    ["a number for a duration", { store: { retention: { events: 30 } } }, "store.retention.events: must be a duration"],
    ["a short retention", { store: { retention: { events: "5 s" } } }, "store.retention.events: must be at least 1 h"],
    ["an id with a space", { cameras: { "a b": { source: "x" } } }, "cameras.a b: must be 1 to 64 letters"],
    ["a camera without a source", { cameras: { door: {} } }, "cameras.door.source: is missing"],
    ["a number for a source", camera({ source: 4 }), "cameras.door.source: must be a text or a section of settings"],
    ["a source without a kind", camera({ source: {} }), "cameras.door.source.kind: is missing; it is file, rtsp, http"],
    ["a source of no kind", camera({ source: { kind: "rtp" } }), 'not "rtp"; did you mean rtsp?'],
    ["a source of the wrong kind", camera({ source: { kind: "rtsp", url: "x" } }), "url: must begin with rtsp://"],
    ["a line with three numbers", line("1,0,1"), "cameras.door.lines.main: it has 3 numbers; a line is x1,y1,x2,y2"],
    ["a line outside", line("0,0,0,2"), "cameras.door.lines.main: it lies outside the picture"],
    ["a line without length", line({ from: [0, 0], to: [0, 0] }), "lines.main: its two ends are the same point"],
    ["a line from outside", line({ from: [0, 2], to: [0, 0] }), "cameras.door.lines.main.from.1: must be at most 1"],
    ["a line to a word", line({ from: [0, 0], to: "x" }), "lines.main.to: must be a point [x, y] in fractions"],
    [
      "a line without a name",
      camera({ lines: { "": "0,0,1,1" } }),
      "cameras.door.lines.: must have 1 to 64 characters",
    ],
    ["a zone of two corners", zone(triangle.slice(1)), "zones.queue: must have at least three corners"],
    [
      "a zone that is flat",
      zone([
        [0, 0],
        [0.5, 0.5],
        [1, 1],
      ]),
      "zones.queue: encloses no area",
    ],
    ["a proxy by name", { server: { trustProxy: ["proxy"] } }, "server.trustProxy.0: must be an address or a network"],
    ["no classes", camera({ classes: [] }), "cameras.door.classes: must not be empty"],
    [
      "a mistyped camera setting",
      camera({ trafic: {} }),
      "cameras.door.trafic: is not a setting; did you mean traffic?",
    ],
  ])("is refused in a sentence for %s", (_, value, sentence) => {
    const problems = problemsOf(value);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain(sentence);
  });

  it("is told all that is wrong with it at once", () => {
    const value = { server: { port: "x", tsl: true }, cameras: { a: {}, b: { source: "x", lines: { main: 1 } } } };
    expect(problemsOf(value).map((problem) => problem.split(":")[0])).toEqual([
      "server.port",
      "server.tsl",
      "cameras.a.source",
      "cameras.b.lines.main",
    ]);
  });

  it("is checked without throwing, whatever it is", () => {
    fc.assert(fc.property(fc.anything(), (value) => typeof checkConfigFile(value).ok === "boolean"));
  });

  it("comes out of a second check as it came out of the first", () => {
    const first = checkConfigFile(camera({ lines: { main: "0,0,1,1" }, traffic: { people: 3 } }));
    expect(first.ok && checkConfigFile(first.file)).toEqual(first);
  });
});

describe("the JSON Schema for editors", () => {
  it("describes every setting", () => {
    const undescribed: string[] = [];
    const walk = (schema: { properties?: object; anyOf?: object[]; oneOf?: object[] }, path: string): void => {
      for (const option of [...(schema.anyOf ?? []), ...(schema.oneOf ?? [])]) walk(option, path);
      for (const [name, property] of Object.entries(schema.properties ?? {})) {
        if (!("description" in property) && !("const" in property)) undescribed.push(`${path}.${name}`);
        walk(property, `${path}.${name}`);
        if (typeof property.additionalProperties === "object") walk(property.additionalProperties, `${path}.${name}.*`);
      }
    };
    walk(configJsonSchema(), "");
    expect(undescribed).toEqual([]);
  });
});

describe("a duration", () => {
  it.each([
    ["60 s", 60_000],
    ["60s", 60_000],
    ["500 ms", 500],
    ["1.5 h", 5_400_000],
    ["15 min", 900_000],
    ["1 day", 86_400_000],
    ["90 days", 7_776_000_000],
    ["60", undefined],
    ["s", undefined],
    ["-1 s", undefined],
    ["1 week", undefined],
  ])("%s is %s ms", (text, expected) => {
    expect(durationMs(text)).toBe(expected);
  });
});

describe("a line as a text", () => {
  it("is read back as it was written", () => {
    const fraction = fc.double({ min: 0, max: 1, noNaN: true });
    fc.assert(
      fc.property(fraction, fraction, fraction, fraction, (x1, y1, x2, y2) => {
        fc.pre(x1 !== x2 || y1 !== y2);
        expect(readSegment([x1, y1, x2, y2].join())).toEqual({
          ok: true,
          from: [x1 + 0, y1 + 0],
          to: [x2 + 0, y2 + 0],
        });
      }),
    );
  });
});
