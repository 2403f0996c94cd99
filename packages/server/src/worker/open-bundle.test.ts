import { mkdir, symlink, writeFile } from "node:fs/promises";
import type { ServerResponse } from "node:http";
import { join } from "node:path";
import { temporaryFolder, WebServer } from "@sensorium/testkit";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Detector } from "../models/detector.ts";
import type { ModelManifest } from "../models/manifest.ts";
import { bundleWith } from "../mpta/archives.fixture.ts";
import type { ModelLoader } from "../mpta/run/loaded-bundle.ts";
import { silentLog } from "../observe/log.ts";
import { type BundleAccess, bundleOpener } from "./open-bundle.ts";

let cleanup: AsyncDisposableStack;
let folder: string;
let web: WebServer;
/** What is answered to each request, in order; the last again and again. */
let answers: ((response: ServerResponse) => void)[];
let asked: (string | undefined)[];

const content = bundleWith();
const whole = (response: ServerResponse): void =>
  void response.writeHead(200, { "Content-Length": content.length, ETag: '"1"' }).end(content);
const status =
  (code: number, headers = {}) =>
  (response: ServerResponse) =>
    void response.writeHead(code, headers).end();
const signal = new AbortController().signal;

beforeEach(async () => {
  cleanup = new AsyncDisposableStack();
  folder = cleanup.use(await temporaryFolder()).path;
  answers = [whole];
  asked = [];
  web = cleanup.use(
    await WebServer.listen(({ headers }, response, number) => {
      asked.push(headers.range);
      (answers[number - 1] ?? answers.at(-1) ?? whole)(response);
    }),
  );
});
afterEach(() => cleanup.disposeAsync());

/** Models that need not be read. */
const models: ModelLoader = {
  manifestOf: async () => ({ task: "detect", thresholds: { low: 0.1 }, classes: ["car"] }) as unknown as ModelManifest,
  load: async () => {
    const model = { classes: ["car"] };
    return { format: null, concurrency: 1, model, [Symbol.asyncDispose]: async () => undefined } as unknown as Detector;
  },
  loadModel: () => Promise.reject(new Error("not a crop model")),
};

const open = (modelUrl: string, access: Partial<BundleAccess> = {}) =>
  bundleOpener({
    ...{ cacheFolder: join(folder, "cache"), folder: undefined, hosts: [], models, log: silentLog, timeoutMs: 200 },
    ...access,
  })(modelUrl, signal);

describe("a bundle at an address", () => {
  it("is fetched, over redirects, and loaded", async () => {
    answers = [status(302, { Location: "/elsewhere?token=2" }), whole];
    expect(await open(web.url("/a.mpta?token=1"))).toMatchObject({ pipeline: { pipeline: { modelId: "cars" } } });
  });

  it("that breaks off is gone on with the next time", async () => {
    answers = [
      (response) => {
        response.writeHead(200, { "Content-Length": content.length, ETag: '"1"' });
        response.write(content.subarray(0, 100), () => setImmediate(() => response.destroy()));
      },
      (response) => {
        const part = content.subarray(100);
        const range = `bytes 100-${content.length - 1}/${content.length}`;
        response.writeHead(206, { "Content-Length": part.length, "Content-Range": range, ETag: '"1"' }).end(part);
      },
    ];
    await expect(open(web.url("/a.mpta"))).rejects.toMatchObject({ retryable: true });
    await open(web.url("/a.mpta"));
    expect(asked).toEqual([undefined, "bytes=100-"]);
  });

  it.each([
    ["is not there", status(404), "there is no file at"],
    ["is refused", status(403), "does not give the file (403)"],
    ["is in trouble", status(503), "is in trouble (503)"],
    ["hangs", () => undefined, "did not answer within 0.2 s"],
    ["is no bundle", (response: ServerResponse) => void response.end("<html>"), ""],
  ])("that %s is a clear sentence", async (_, answer, sentence) => {
    answers = [answer];
    const failed = open(web.url("/a.mpta?token=secret"));
    await expect(failed).rejects.toThrow(sentence);
    await expect(failed).rejects.not.toThrow("secret");
    expect(asked).toHaveLength(1);
  });

  it("is fetched from the configured hosts only", async () => {
    const elsewhere = open(web.url("/a.mpta"), { hosts: ["cms.example"] });
    await expect(elsewhere).rejects.toThrow(
      "models are not fetched from 127.0.0.1: worker.bundleHosts 127.0.0.1 allows",
    );
    expect(asked).toEqual([]);
    await open(web.url("/a.mpta"), { hosts: ["http://127.0.0.1"] });
  });
});

describe("a bundle at a path", () => {
  beforeEach(async () => {
    await mkdir(join(folder, "bundles"));
    await writeFile(join(folder, "bundles", "a.mpta"), content);
    await writeFile(join(folder, "secret.mpta"), content);
    await symlink(join(folder, "secret.mpta"), join(folder, "bundles", "link.mpta"));
  });

  it.each([["a.mpta"], ["./a.mpta"]])("is opened in the configured folder: %s", async (path) => {
    expect(await open(path, { folder: join(folder, "bundles") })).toMatchObject({ format: null });
  });

  it.each([
    ["../secret.mpta", "outside"],
    ["/etc/passwd", "outside"],
    ["link.mpta", "outside"],
    ["missing.mpta", "there is no such file"],
    ["file:///etc/passwd", "fetched by http:// or https://"],
  ])("is not opened outside of it: %s", async (path, sentence) => {
    await expect(open(path, { folder: join(folder, "bundles") })).rejects.toThrow(sentence);
  });

  it("is not opened where no folder is configured", async () => {
    await expect(open("a.mpta")).rejects.toThrow("no folder is configured for those (worker.models)");
  });
});
