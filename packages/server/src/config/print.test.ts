import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { printConfig } from "./print.ts";
import { type ConfigRequest, resolveConfig } from "./resolve.ts";

function printed(text: string, request: ConfigRequest = {}): string {
  const file = { path: "sensorium.yaml", text };
  const resolved = resolveConfig({ environment: {}, ...request, file });
  if (!resolved.ok) throw new Error(resolved.problems.map(({ line }) => line).join("\n"));
  return printConfig(resolved, file);
}

const variable = (name: string): string => `\${${name}}`;

describe("the printed configuration", () => {
  it("says of every value where it comes from", () => {
    const text = "server:\n  port: 1\ndefaults:\n  classes: [dog]\ncameras:\n  door:\n    source: rtsp://h/s\n";
    const page = printed(text, { given: { counterPort: 3 }, environment: { SENSORIUM_LOG: "warn" } });
    for (const line of [
      "logLevel: warn # SENSORIUM_LOG",
      "  port: 1 # sensorium.yaml:2",
      "  port: 3 # --counter-port",
      "  host: 127.0.0.1 # default",
      "    source: rtsp://h/s # sensorium.yaml:7",
      "    classes: [dog] # sensorium.yaml:4",
      "    tracker: byte-track # default",
    ]) {
      expect(page.split("\n")).toContain(line);
    }
  });

  it("says what the command line gave", () => {
    expect(printed("", { sources: ["rtsp://h/s"] })).toContain("source: rtsp://h/s # command line");
  });

  it("holds no secret, and the names of variables that do", () => {
    const password = variable("DOOR_PASSWORD");
    const page = printed(
      `store: {databaseUrl: 'postgresql://u:hidden1@db/x?password=hidden2'}
cameras:
  a: {source: 'rtsp://me:hidden3@h/s?token=hidden4'}
  b: {source: {kind: http-mjpeg, url: 'http://h/user=hidden5/s'}}
  c:
    source: rtsp://me:${password}@h/s`,
      { environment: { DOOR_PASSWORD: "hidden6" } },
    );
    expect(page).not.toContain("hidden");
    expect(page).toContain(`source: rtsp://me:${password}@h/s`);
    expect(page).toContain("databaseUrl: postgresql://…@db/x?…");
  });

  it("is a file that says the same again", () => {
    const port = fc.integer({ min: 0, max: 65535 });
    const fraction = fc.double({ min: 0, max: 1, noNaN: true });
    const name = fc
      .string({ minLength: 1, maxLength: 64 })
      .filter((text) => /^[^\p{Cc}]+$/u.test(text) && text !== "__proto__");
    const line = fc.tuple(fraction, fraction).map(([x, y]) => ({ from: [x + 0, 0], to: [y + 0, 1] }));
    const camera = fc.record(
      {
        source: fc.constantFrom("rtsp://h/s", "http://h/s.jpg"),
        name: name.filter((text) => !text.includes("$")),
        enabled: fc.boolean(),
        classes: fc.array(fc.constantFrom("person", "dog", "yes", "12"), { minLength: 1 }),
        lines: fc.dictionary(name, line, { maxKeys: 3, noNullPrototype: true }),
        traffic: fc.record({ people: fc.integer({ min: 1, max: 99 }) }, { requiredKeys: [], noNullPrototype: true }),
      },
      { requiredKeys: ["source"], noNullPrototype: true },
    );
    const id = fc.stringMatching(/^[a-z0-9][a-z0-9._-]{0,20}$/);
    const file = fc.record(
      {
        server: fc.record({ port }, { noNullPrototype: true }),
        reset: fc.record(
          { time: fc.constantFrom("00:00", "04:30"), zone: fc.constantFrom("UTC", "Europe/Berlin") },
          { noNullPrototype: true },
        ),
        cameras: fc.dictionary(id, camera, { maxKeys: 3, noNullPrototype: true }),
      },
      { noNullPrototype: true },
    );
    fc.assert(
      fc.property(file, (value) => {
        const first = resolveConfig({ environment: {}, file: { path: "a.yaml", text: JSON.stringify(value) } });
        if (!first.ok) throw new Error(first.problems.map(({ line }) => line).join("\n"));
        const text = printConfig(first, { path: "a.yaml", text: "" });
        const second = resolveConfig({ environment: {}, file: { path: "a.yaml", text } });
        expect(second.ok && second.config).toEqual(first.config);
      }),
      { numRuns: 60 },
    );
  });
});
