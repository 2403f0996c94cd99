import { chmodSync, existsSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { SensoriumError } from "@sensorium/protocol";
import { describe, expect, it } from "vitest";
import { ConfigEditor } from "./edit.ts";
import { deleteCamera, deleteLine, deleteZone, putCamera, putLine, putZone } from "./edits.ts";
import { folderWith } from "./files.fixture.ts";

const text = `# The shop
cameras:
  # the front door
  door: # replaced in May
    source: rtsp://me:word@192.0.2.1/s # the secret one
    lines:
      main: 0.5,0,0.5,1 # the mat
  yard:
    source: rtsp://192.0.2.2/s
# the end
`;

function editing(content = text) {
  const folder = folderWith({ "sensorium.yaml": content });
  const path = join(folder, "sensorium.yaml");
  return { folder, path, editor: new ConfigEditor(path, { environment: {} }), read: () => readFileSync(path, "utf8") };
}

const refusal = async (edited: Promise<unknown>): Promise<SensoriumError> => {
  const thrown: unknown = await edited.catch((error: unknown) => error);
  if (thrown instanceof SensoriumError) return thrown;
  throw new Error("it was not refused");
};

describe("a change of the configuration file", () => {
  it("touches what it changes and nothing else, and gives the new configuration", async () => {
    const { editor, read } = editing();
    const { config } = await editor.edit(putLine({ camera: "door", id: "main" }, "0.4,0,0.4,1"));
    expect(read()).toBe(text.replace("0.5,0,0.5,1", "0.4,0,0.4,1"));
    expect(config.cameras[0]?.lines).toMatchObject([{ id: "main", a: { x: 0.4 } }]);
  });

  it("can begin with what the file says, which is shown without sources", async () => {
    const { editor } = editing();
    const { version, cameras, defaults } = await editor.read();
    expect(cameras).toEqual({ door: { lines: { main: "0.5,0,0.5,1" } }, yard: {} });
    expect(defaults).toMatchObject({
      model: "centernet",
      tracker: "byte-track",
      lines: { "0.5,0,0.5,1": "0.5,0,0.5,1" },
    });
    const changed = await editor.edit(deleteCamera("yard"), { version });
    expect(await editor.read()).toMatchObject({ version: changed.version });
  });

  it("begins with a sentence for each problem while the file cannot be used", async () => {
    const { editor } = editing("cameras: {door: {source: 4}}\n");
    expect(await refusal(editor.read())).toMatchObject({ message: expect.stringMatching(/^cameras\.door\.source: /) });
  });

  it("of the room that is simulated where there are no cameras makes that room the file's", async () => {
    const { editor, read } = editing("");
    const [room = ""] = Object.keys((await editor.read()).cameras);
    const { config } = await editor.edit(putLine({ camera: room, id: "mat" }, "0.4,0,0.4,1"));
    expect(read()).toContain(`source: "simulated:"`);
    expect(config.cameras).toMatchObject([{ id: room, source: { kind: "simulated" }, lines: [{}, { id: "mat" }] }]);
    expect((await editor.edit(deleteCamera(room))).config.cameras).toEqual([]);
  });

  it("adds and removes cameras, lines and zones", async () => {
    const { editor, read } = editing();
    const queue = [
      [0, 0],
      [1, 0],
      [0.5, 1],
    ];
    await editor.edit(putCamera("cellar", { source: "rtsp://192.0.2.3/s", name: "Cellar" }));
    await editor.edit(putZone({ camera: "cellar", id: "queue" }, queue));
    await editor.edit(putZone({ camera: "door", id: "queue" }, queue));
    await editor.edit(deleteZone({ camera: "door", id: "queue" }));
    await editor.edit(deleteCamera("yard"));
    const { config } = await editor.edit(deleteLine({ camera: "door", id: "main" }));
    expect(config.cameras).toMatchObject([
      { id: "door", lines: [], zones: [] },
      { id: "cellar", name: "Cellar", zones: [{ id: "queue" }] },
    ]);
    for (const comment of ["# The shop", "# the front door", "# replaced in May", "# the secret one", "# the end"]) {
      expect(read()).toContain(comment);
    }
  });

  it("keeps the source of a camera that is put without one", async () => {
    const { editor, read } = editing();
    await editor.edit(putCamera("door", { name: "Door", lines: { main: "0.5,0,0.5,1" } }));
    expect(read()).toContain("source: rtsp://me:word@192.0.2.1/s # the secret one");
    expect((await refusal(editor.edit(putCamera("new", { name: "New" })))).message).toContain("source: is missing");
  });

  it("of one line leaves the lines that a camera takes from the defaults", async () => {
    const { editor } = editing();
    const { config } = await editor.edit(putLine({ camera: "yard", id: "gate" }, "0,0,1,1"));
    expect(config.cameras[1]?.lines.map(({ id }) => id)).toEqual(["0.5,0,0.5,1", "gate"]);
    const after = await editor.edit(deleteLine({ camera: "yard", id: "0.5,0,0.5,1" }));
    expect(after.config.cameras[1]?.lines.map(({ id }) => id)).toEqual(["gate"]);
  });

  it.each([
    ["a line of no camera", putLine({ camera: "attic", id: "a" }, "0,0,1,1"), "there is no camera attic"],
    ["a line that is not there", deleteLine({ camera: "door", id: "a" }), "the camera door has no line a"],
    ["a zone that is not there", deleteZone({ camera: "door", id: "a" }), "the camera door has no zone a"],
    ["a camera that is not there", deleteCamera("attic"), "there is no camera attic"],
    ["a bad line", putLine({ camera: "door", id: "a" }, "0,0"), "cameras.door.lines.a: it has 2 numbers"],
    ["a bad camera", putCamera("a", { source: "rtsp://h/s", nmae: "x" }), "cameras.a.nmae: is not a setting"],
    ["a bad name of a camera", putCamera("a b", { source: "rtsp://h/s" }), "cameras.a b: must be 1 to 64 letters"],
    ["a name that means something else", putCamera("__proto__", { source: "rtsp://h/s" }), "by hand"],
    ["a missing file", putCamera("a", { source: "no.mp4" }), "no.mp4 does not exist"],
  ])("is refused for %s, and changes nothing", async (_, change, sentence) => {
    const { editor, read } = editing();
    const refused = await refusal(editor.edit(change));
    expect(refused).toMatchObject({ code: "config-invalid", message: expect.stringContaining(sentence) });
    expect(read()).toBe(text);
  });

  it("is refused when the file is broken already", async () => {
    const { editor } = editing("cameras: [\n");
    expect((await refusal(editor.edit(deleteCamera("door")))).message).toContain("line 2");
  });

  it("is refused when the file says something else than it was made for", async () => {
    const { editor, path, read } = editing();
    const { version } = await editor.read();
    writeFileSync(path, `${text}# by hand\n`);
    const refused = await refusal(editor.edit(deleteCamera("yard"), { version }));
    expect(refused).toMatchObject({ retryable: true, message: expect.stringContaining("changed by somebody else") });
    expect(read()).toBe(`${text}# by hand\n`);
    await editor.edit(deleteCamera("yard"), { version: (await editor.read()).version });
    expect(read()).toContain("# by hand");
  });

  it("is refused when the file changes while it is made", async () => {
    const { editor, path, read } = editing();
    const change = editor.edit((draft) => {
      draft.set(["cameras", "yard"], undefined);
      writeFileSync(path, `${text}# by hand\n`);
    });
    expect(await refusal(change)).toMatchObject({ retryable: true });
    expect(read()).toBe(`${text}# by hand\n`);
  });

  it("waits for the one before, and goes ahead when that is refused", async () => {
    const { editor } = editing();
    const changes = ["a", "b", "c", "d"].map((id) => editor.edit(putCamera(id, { source: `rtsp://h/${id}` })));
    const refused = refusal(editor.edit(deleteCamera("attic")));
    const last = await editor.edit(deleteCamera("b"));
    await Promise.all([...changes, refused]);
    expect(last.config.cameras.map(({ id }) => id)).toEqual(["door", "yard", "a", "c", "d"]);
  });

  it("makes a file that only its owner may read where there is none", async () => {
    const path = join(folderWith({}), "sensorium.yaml");
    await new ConfigEditor(path, { environment: {} }).edit(putCamera("door", { source: "rtsp://h/s" }));
    expect(readFileSync(path, "utf8")).toBe("cameras:\n  door:\n    source: rtsp://h/s\n");
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  it("keeps the file's mode and the link that leads to it, and leaves no other file", async () => {
    const { folder, path, editor } = editing();
    chmodSync(path, 0o640);
    symlinkSync("sensorium.yaml", join(folder, "link.yaml"));
    await editor.edit(deleteCamera("yard"));
    await new ConfigEditor(join(folder, "link.yaml"), { environment: {} }).edit(
      putCamera("a", { source: "rtsp://h/s" }),
    );
    expect(statSync(path).mode & 0o777).toBe(0o640);
    expect(readFileSync(path, "utf8")).toContain("  a:\n");
    expect(readdirSync(folder).toSorted()).toEqual(["link.yaml", "sensorium.yaml"]);
    expect(existsSync(path)).toBe(true);
  });
});
