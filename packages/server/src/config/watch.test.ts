import { renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { folderWith } from "./files.fixture.ts";
import { type ConfigReload, watchConfig } from "./watch.ts";

const camera = (id: string): string => `cameras:\n  ${id}: {source: 'rtsp://h/${id}'}\n`;

/** Watches a file that says `camera("door")` and returns each reload when asked. */
function watching(path: string): { next(): Promise<readonly string[]>; end(): Promise<boolean | undefined> } {
  const stop = new AbortController();
  onTestFinished(() => stop.abort());
  const reloads = watchConfig({ path, text: camera("door"), environment: {}, signal: stop.signal });
  return {
    next: async () => {
      const { value, done } = await reloads.next();
      return done ? ["nothing more"] : said(value);
    },
    end: async () => {
      stop.abort();
      return (await reloads.next()).done;
    },
  };
}

function said(reload: ConfigReload): readonly string[] {
  return reload.ok ? reload.config.cameras.map(({ id }) => id) : reload.problems;
}

describe("a configuration file that is watched", () => {
  it("is read again when it is written, replaced, broken, mended, gone and back", async () => {
    const path = join(folderWith({ "sensorium.yaml": camera("door") }), "sensorium.yaml");
    const { next, end } = watching(path);
    writeFileSync(path, camera("yard"));
    expect(await next()).toEqual(["yard"]);
    writeFileSync(`${path}.new`, camera("cellar"));
    renameSync(`${path}.new`, path);
    expect(await next()).toEqual(["cellar"]);
    writeFileSync(path, "cameras: [");
    expect((await next()).join()).toContain(`${path}:1:`);
    writeFileSync(path, camera("yard"));
    expect(await next()).toEqual(["yard"]);
    rmSync(path);
    expect((await next()).join()).toContain("does not exist");
    writeFileSync(path, camera("door"));
    expect(await next()).toEqual(["door"]);
    expect(await end()).toBe(true);
  });

  it("is not reported when only its time changes, nor when it was changed and changed back", async () => {
    const path = join(folderWith({ "sensorium.yaml": camera("door") }), "sensorium.yaml");
    const { next } = watching(path);
    const reload = next();
    writeFileSync(path, camera("yard"));
    writeFileSync(path, camera("door"));
    writeFileSync(`${path}.new`, camera("door"));
    renameSync(`${path}.new`, path);
    expect(await Promise.race([reload, laterWatch(path)])).toBe("nothing reported");
    writeFileSync(path, camera("cellar"));
    expect(await reload).toEqual(["cellar"]);
  });

  it("that changed between being read and being watched is read again", async () => {
    const path = join(folderWith({ "sensorium.yaml": camera("meanwhile") }), "sensorium.yaml");
    expect(await watching(path).next()).toEqual(["meanwhile"]);
  });

  it("may be a link that comes to point elsewhere", async () => {
    const folder = folderWith({ one: camera("door"), two: camera("yard") });
    const path = join(folder, "sensorium.yaml");
    symlinkSync("one", path);
    const { next } = watching(path);
    symlinkSync("two", `${path}.new`);
    renameSync(`${path}.new`, path);
    expect(await next()).toEqual(["yard"]);
  });
});

/** Resolves when a watch that was begun later has settled on the file, and so have those before it. */
async function laterWatch(path: string): Promise<"nothing reported"> {
  const stop = new AbortController();
  await watchConfig({ path, text: "", environment: {}, signal: stop.signal }).next();
  stop.abort();
  return "nothing reported";
}
