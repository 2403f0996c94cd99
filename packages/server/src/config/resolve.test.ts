import { availableParallelism } from "node:os";
import { join, resolve } from "node:path";
import { SensoriumError } from "@sensorium/protocol";
import { RATE_LIMITS } from "@sensorium/protocol/rest";
import { describe, expect, it } from "vitest";
import { type Config, composeConfig, loadConfig } from "./config.ts";
import { folderWith } from "./files.fixture.ts";
import { type ConfigRequest, resolveConfig } from "./resolve.ts";

const nothing = {};

/** The problems of a file, as lines. */
function problemsOf(text: string, request: ConfigRequest = {}): readonly string[] {
  const resolved = resolveConfig({ environment: nothing, ...request, file: { path: "sensorium.yaml", text } });
  return resolved.ok ? [] : resolved.problems.map(({ line }) => line);
}

function configOf(text: string, request: ConfigRequest = {}): Config {
  return composeConfig({ environment: nothing, ...request, file: { path: "sensorium.yaml", text } });
}

const door = "cameras:\n  door:\n    source: rtsp://192.0.2.1/s\n";

describe("without a configuration file", () => {
  it("a simulated room is shown, with its state apart", () => {
    const config = loadConfig([], {}, nothing);
    expect(config).toMatchObject({
      stateFolder: resolve(".sensorium/simulated"),
      modelCache: resolve(".sensorium/models"),
      server: { port: 8000 },
      counter: { port: 8765, streamQuality: 75 },
      reset: { time: "00:00" },
      threads: availableParallelism(),
      logLevel: "info",
      classes: ["person"],
    });
    expect(config.cameras).toMatchObject([
      { name: "Simulated room", source: { kind: "simulated", seed: 1 }, lines: [{ a: { x: 0.5, y: 0 } }] },
    ]);
  });

  it("a source keeps its id, also with another password", () => {
    const cameraOf = (text: string) => loadConfig([text], {}, nothing).cameras[0];
    const door = cameraOf("rtsp://user:word@192.0.2.1/Stream1");
    expect(door).toMatchObject({ id: "192-0-2-1-stream1-991e5b", name: "192.0.2.1/Stream1" });
    expect(cameraOf("rtsp://user:other@192.0.2.1/Stream1")?.id).toBe(door?.id);
  });

  it("flags win over the environment", () => {
    const environment = { SENSORIUM_PORT: "1", SENSORIUM_COUNTER_PORT: "2", SENSORIUM_MODEL: "", DATABASE_URL: "x" };
    const config = loadConfig(["rtsp://192.0.2.1/s"], { port: 3, lines: ["door=0,0,1,1"] }, environment);
    expect(config).toMatchObject({ server: { port: 3 }, counter: { port: 2 }, databaseUrl: "x" });
    expect(config.cameras[0]?.lines).toEqual([{ id: "door", a: { x: 0, y: 0 }, b: { x: 1, y: 1 } }]);
  });

  it.each<[string, readonly string[], object, NodeJS.ProcessEnv, string]>([
    ["a flag", [], { port: 70000 }, {}, "the setting --port cannot be used: must be at most 65535"],
    [
      "a flag of two words",
      [],
      { counterPort: "x" },
      {},
      "the setting --counter-port cannot be used: must be a number",
    ],
    ["a variable", [], {}, { SENSORIUM_PORT: "many" }, "the setting SENSORIUM_PORT cannot be used: must be a number"],
    ["a reset time", [], {}, { SENSORIUM_RESET_TIME: "24:00" }, "the setting SENSORIUM_RESET_TIME cannot be used"],
    ["a reset zone", [], {}, { SENSORIUM_RESET_ZONE: "Mars" }, "must be a time zone such as Europe/Berlin"],
    ["a line", [], { lines: ["0,0,1.5,1"] }, {}, 'the line "0,0,1.5,1" cannot be used: it lies outside the picture'],
    ["a line twice", [], { lines: ["a=0,0,1,1", "a=0,0,1,1"] }, {}, "the line a is given twice"],
    ["a source", ["no.mp4"], {}, {}, "no.mp4 does not exist"],
    ["a source twice", ["rtsp://h/s", "rtsp://h/s"], {}, {}, "is given twice"],
    ["a room among cameras", ["simulated:", "rtsp://h/s"], {}, {}, "a simulated room is shown by itself"],
  ])("%s that cannot be used is named in a sentence", (_, sources, given, environment, sentence) => {
    expect(() => loadConfig(sources, given, environment)).toThrow(SensoriumError);
    expect(() => loadConfig(sources, given, environment)).toThrow(sentence);
  });
});

describe("a configuration file", () => {
  it("changes the limits of REST that it names, and leaves the others as documented", () => {
    const text = "server: { rateLimits: { analytics: { requests: 7 }, config: { requests: 9, window: 2 min } } }";
    const { server } = composeConfig({ environment: nothing, file: { path: "sensorium.yaml", text } });
    expect(server.rateLimits).toEqual({
      ...RATE_LIMITS,
      analytics: { requests: 7, windowSeconds: 3_600 },
      config: { requests: 9, windowSeconds: 120 },
    });
  });

  it("describes cameras completely", () => {
    const folder = folderWith({ "yard.mp4": "", "people.onnx": "" });
    const text = `
models: {default: ./people.onnx}
environments:
  shop-1: {domain: security, confidence: 0.4, lostFor: 3 s}
defaults:
  classes: [person, dog]
  traffic: {people: 9}
cameras:
  door:
    name: Front door
    environment: shop-1
    source: rtsp://192.0.2.1/s
    tracker: oc-sort
    model: centernet
    pose: movenet-lightning
    densePose: models/densepose.onnx
    reid: models/osnet.onnx
    lines:
      main: 0.1,0,0.1,1
      side: {from: [0, 0.5], to: [1, 0.5], anchor: centre, oncePerTrack: true}
    zones:
      queue: [[0, 0], [1, 0], [0.5, 1]]
      till: {polygon: [[0, 0], [1, 0], [0.5, 1]], enterAfter: 2 s}
    masks: [[[0, 0], [0.1, 0], [0, 0.1]]]
    beds: [[[0.5, 0.5], [1, 0.5], [1, 1]]]
    motionGate: false
    traffic: {quiet: 15 min}
  yard:
    source: yard.mp4
    lines: {}
  cellar:
    enabled: false
    source: no-such-file.mp4
`;
    const config = composeConfig({ environment: nothing, file: { path: join(folder, "sensorium.yaml"), text } });
    expect(config.cameras).toEqual([
      {
        id: "door",
        name: "Front door",
        environment: "shop-1",
        source: { kind: "rtsp", url: "rtsp://192.0.2.1/s", transport: "tcp" },
        pose: "movenet-lightning",
        densePose: join(folder, "models/densepose.onnx"),
        reid: join(folder, "models/osnet.onnx"),
        model: "centernet",
        classes: ["person", "dog"],
        tracker: "oc-sort",
        tracking: { confidence: 0.4, lostFor: 3_000_000, sightings: 3 },
        lines: [
          { id: "main", a: { x: 0.1, y: 0 }, b: { x: 0.1, y: 1 } },
          { id: "side", a: { x: 0, y: 0.5 }, b: { x: 1, y: 0.5 }, anchor: "centre", oncePerTrack: true },
        ],
        zones: [
          {
            id: "queue",
            corners: [
              { x: 0, y: 0 },
              { x: 1, y: 0 },
              { x: 0.5, y: 1 },
            ],
          },
          {
            id: "till",
            corners: [
              { x: 0, y: 0 },
              { x: 1, y: 0 },
              { x: 0.5, y: 1 },
            ],
            enterAfter: 2_000_000,
          },
        ],
        motionGate: false,
        masks: [
          [
            { x: 0, y: 0 },
            { x: 0.1, y: 0 },
            { x: 0, y: 0.1 },
          ],
        ],
        beds: [
          [
            { x: 0.5, y: 0.5 },
            { x: 1, y: 0.5 },
            { x: 1, y: 1 },
          ],
        ],
        traffic: { people: 9, windowMs: 60_000, quietMs: 900_000 },
      },
      expect.objectContaining({
        id: "yard",
        name: "yard",
        source: { kind: "file", path: join(folder, "yard.mp4"), loop: false },
        model: join(folder, "people.onnx"),
        lines: [],
        traffic: { people: 9, windowMs: 60_000, quietMs: 60_000 },
      }),
    ]);
  });

  it("says where state and records are, relative to its own folder", () => {
    const folder = folderWith({ "site.pem": "", "site.key": "" });
    const text = `${door}home: state\nmodels: {cacheFolder: /var/models}\nserver: {tls: {certificate: site.pem, key: site.key}}
store: {retention: {crossings: 400 days}}\ncounter: {camera: door, auth: none}`;
    const config = composeConfig({ environment: nothing, file: { path: join(folder, "sensorium.yaml"), text } });
    expect(config).toMatchObject({
      stateFolder: join(folder, "state"),
      modelCache: "/var/models",
      server: { tls: { certificate: join(folder, "site.pem"), key: join(folder, "site.key") } },
      retention: {
        ...{ crossingsMs: 400 * 86_400_000, eventsMs: 30 * 86_400_000 },
        ...{ posesMs: 30 * 86_400_000, auditMs: 365 * 86_400_000 },
      },
      history: { posesMs: 1_000 },
      counter: { camera: "door", auth: "none" },
    });
  });

  it.each([
    ["an RTSP camera", "{kind: rtsp, url: 'rtsp://h/s', transport: udp}", { kind: "rtsp", transport: "udp" }],
    ["a snapshot camera", "{kind: http-snapshot, url: 'http://h/s', interval: 2 s}", { intervalMs: 2000 }],
    ["an MJPEG camera", "{kind: http-mjpeg, url: 'http://h/s'}", { kind: "http-mjpeg", url: "http://h/s" }],
    ["whatever is at an address", "http://h/s", { kind: "http", url: "http://h/s", intervalMs: 500 }],
  ])("names %s", (_, source, expected) => {
    const text = `defaults: {snapshotInterval: 500 ms}\ncameras: {door: {source: ${source}}}`;
    expect(configOf(text).cameras[0]?.source).toMatchObject(expected);
  });

  it("says which cameras are decoded by the CPU alone, and what a certificate of their own is", () => {
    const certificate = "0a".repeat(32);
    const text = `defaults: {decode: software}
cameras:
  door: {source: 'rtsp://h/1'}
  yard: {source: {kind: rtsp, url: 'rtsp://h/2'}, decode: auto}
  hall: {source: {kind: http-snapshot, url: 'https://h/3', certificate: ${certificate}}}`;
    const [door, yard, hall] = configOf(text).cameras.map(({ source }) => source);
    expect(door).toMatchObject({ decode: "software" });
    expect(yard).not.toHaveProperty("decode");
    expect(hall).toMatchObject({ kind: "http-snapshot", certificate });
  });

  it("wins over defaults, the environment over it, and flags over both", () => {
    const text = `${door}server: {port: 1}\ncounter: {port: 1, streamQuality: 1}\nlogLevel: debug`;
    const environment = { SENSORIUM_COUNTER_PORT: "2", WEBSOCKET_STREAM_QUALITY: "2" };
    expect(configOf(text, { environment, given: { counterPort: 3 } })).toMatchObject({
      logLevel: "debug",
      server: { port: 1 },
      counter: { port: 3, streamQuality: 2 },
      cameras: [{ id: "door" }],
    });
  });

  it("names another issuer of tokens, and what its roles grant", () => {
    const grants = { admin: "admin", operator: "operate", viewer: "read" };
    expect(configOf(door).auth).toEqual({ jwks: undefined, roles: grants });
    const jwks = { url: "https://id.example/keys", issuer: "https://id.example/", audience: "cameras" };
    const environment = {
      SENSORIUM_JWKS_URL: jwks.url,
      SENSORIUM_JWKS_ISSUER: jwks.issuer,
      SENSORIUM_JWKS_AUDIENCE: jwks.audience,
    };
    const text = `${door}auth: {jwks: {url: "http://elsewhere/keys"}, roles: {nurse: read}}`;
    expect(configOf(text, { environment }).auth).toEqual({ jwks, roles: { nurse: "read" } });
    expect(configOf(door, { environment }).auth).toEqual({ jwks, roles: grants });
    expect(problemsOf(`${door}auth: {jwks: {url: "file:///keys", issuer: a, audience: b}}`)).toHaveLength(1);
    expect(problemsOf(`${door}auth: {jwks: {url: "https://h/keys"}, roles: {nurse: look}}`)).toHaveLength(3);
  });

  it("gives its cameras' own settings the last word, against flags for all cameras too", () => {
    const text = `${door}    classes: [dog]\n  yard: {source: 'rtsp://h/2'}\ndefaults: {classes: [cat]}`;
    const { cameras } = configOf(text, { given: { classes: ["bird"], lines: ["0,0,1,1"] } });
    expect(cameras).toMatchObject([{ classes: ["dog"] }, { classes: ["bird"], lines: [{ id: "0,0,1,1" }] }]);
  });

  it("gives up its cameras for sources of the command line, and nothing else", () => {
    const text = `${door.replace("192", "$" + "{NOT_SET}")}counter: {camera: door}\nserver: {port: 7}\ndefaults: {motionGate: false}`;
    const config = configOf(text, { sources: ["rtsp://h/other"] });
    expect(config.cameras).toMatchObject([{ name: "h/other", motionGate: false }]);
    expect(config).toMatchObject({ server: { port: 7 }, counter: { camera: undefined } });
  });

  it("without cameras shows the simulated room, and with none at all shows none", () => {
    expect(configOf("server: {port: 7}").cameras).toMatchObject([{ name: "Simulated room" }]);
    expect(configOf("cameras:\n").cameras).toEqual([]);
    expect(configOf("cameras: {}").cameras).toEqual([]);
  });

  it("takes secrets from the environment", () => {
    const text = "cameras:\n  door:\n    source: rtsp://user:$" + "{DOOR_PASSWORD}@192.0.2.1/s\n";
    expect(configOf(text, { environment: { DOOR_PASSWORD: "s3cret" } }).cameras[0]?.source).toMatchObject({
      url: "rtsp://user:s3cret@192.0.2.1/s",
    });
    expect(problemsOf(text)).toEqual([
      "sensorium.yaml:3:13: cameras.door.source: the environment variable DOOR_PASSWORD is not set",
    ]);
  });

  it("does not repeat a secret that stands where none can be used", () => {
    const text = `cameras: {door: {source: 'user:\${DOOR_PASSWORD}@192.0.2.1/s'}}`;
    const problems = problemsOf(text, { environment: { DOOR_PASSWORD: "s3cret" } }).join();
    expect(problems).toContain(`\${DOOR_PASSWORD}@192.0.2.1/s does not exist`);
    expect(problems).not.toContain("s3cret");
  });

  it.each([
    ["a bracket that stays open", "a: [1,\n", "sensorium.yaml:2:1: "],
    ["a name twice", "home: a\nhome: b\n", "sensorium.yaml:2:1: this name is here a second time"],
    ["a tab", "server:\n\tport: 1\n", "sensorium.yaml:2:1: a tab cannot indent a line; use spaces"],
    ["two documents", "home: a\n---\nhome: b\n", "sensorium.yaml:2:1: a second document begins here"],
    ["an alias", "server: &s {port: 1}\ncounter: *s\n", "sensorium.yaml:2:10: *s repeats another part"],
    ["a name that is a list", "? [a]\n: 1\n", "sensorium.yaml:1:3: this cannot be the name of a setting"],
    ["a name that means something else", "__proto__: {}\n", "sensorium.yaml:1:1: this cannot be the name of a"],
    ["a tag nobody knows", "home: !secret x\n", "sensorium.yaml:1:7: "],
    ["a list for everything", "- a\n", "sensorium.yaml:1:1: must be a section of settings"],
    [
      "a mistyped setting",
      `${door}    nmae: x\n`,
      "sensorium.yaml:4:5: cameras.door.nmae: is not a setting; did you mean",
    ],
    ["a missing source", "cameras:\n  door:\n    name: x\n", "sensorium.yaml:2:3: cameras.door.source: is missing"],
    ["a text for a number", "server:\n  port: '1'\n", "sensorium.yaml:2:9: server.port: must be a number"],
    [
      "a bad point",
      `${door}    lines: {a: {from: [0, 3], to: [0, 0]}}\n`,
      ":4:27: cameras.door.lines.a.from.1: must be at most 1",
    ],
    ["a missing file", "cameras: {a: {source: no.mp4}}", "sensorium.yaml:1:23: cameras.a.source: "],
    ["a missing model", `${door}    model: no.onnx\n`, "sensorium.yaml:4:12: cameras.door.model: there is no model"],
    [
      "a source nobody can open",
      "cameras: {a: {source: 'gopher://h'}}",
      "gopher:// is not a source that can be opened",
    ],
    [
      "a room among cameras",
      `${door}  room: {source: 'simulated:'}\n`,
      "sensorium.yaml:4:18: cameras.room.source: a simulated",
    ],
    [
      "a counter without its camera",
      `${door}counter:\n  camera: yard\n`,
      ":5:11: counter.camera: there is no camera yard",
    ],
    [
      "a certificate that is not there",
      `${door}server: {tls: {certificate: a, key: sensorium.yaml}}`,
      "tls.certificate: a does not",
    ],
    [
      "a variable's name that is none",
      "home: $" + "{a-b}\n",
      "sensorium.yaml:1:7: home: has a $" + "{ that is not followed by",
    ],
  ])("with %s is refused with the place", (_, text, line) => {
    expect(problemsOf(text).join("\n")).toContain(line);
  });

  it("is told all that is wrong at once, sources included, and of very much the first twenty", () => {
    const cameras = (count: number): string =>
      Array.from({ length: count }, (_, i) => `  c${i}: {source: no-${i}.mp4}`).join("\n");
    expect(problemsOf(`sevrer: {}\ncameras:\n${cameras(2)}`)).toHaveLength(3);
    const thrown = (): Config => configOf(`cameras:\n${cameras(30)}`);
    expect(thrown).toThrow("cameras.c19.source");
    expect(thrown).toThrow(/\nand 10 more$/);
    expect(thrown).not.toThrow("cameras.c20.source");
  });

  it("complains about a flag by the flag, not by the place it replaces", () => {
    expect(problemsOf("server:\n  port: 1\n", { given: { port: 70000 } })).toEqual([
      "the setting --port cannot be used: must be at most 65535",
    ]);
  });
});
