import { join, relative, resolve, sep } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readEntryPath } from "./entry-path.ts";

describe("a path in a bundle", () => {
  it.each([
    ["cars.onnx", "cars.onnx"],
    ["./models//cars.onnx", "models/cars.onnx"],
    ["models\\cars.onnx", "models/cars.onnx"],
    ["modèle ü 車.pt", "modèle ü 車.pt"],
    ["..cars/...", "..cars/..."],
  ])("%s is %s", (name, path) => {
    expect(readEntryPath(name)).toEqual({ ok: true, path });
  });

  it.each([
    ["", "is no name of a file"],
    ["./", "is no name of a file"],
    ["/etc/passwd", "is an absolute path"],
    ["\\\\server\\share", "is an absolute path"],
    ["C:\\cars.onnx", "is an absolute path"],
    ["c:cars.onnx", "is an absolute path"],
    ["../cars.onnx", "leads out of the bundle"],
    ["models/../../cars.onnx", "leads out of the bundle"],
    ["models\\..\\cars.onnx", "leads out of the bundle"],
    ["cars\0.onnx", "has characters that no file name should have"],
    ["cars\n.onnx", "has characters that no file name should have"],
    ["a/".repeat(20), "is more than 16 folders deep"],
    ["a".repeat(256), "has a part of more than 255 bytes"],
  ])("%j is refused: it %s", (name, problem) => {
    expect(readEntryPath(name)).toEqual({ ok: false, problem });
  });

  it("stays inside its folder whatever it is, and is the same when read again", () => {
    const part = fc.constantFrom("..", ".", "a", "C:", "", " ", "...", "b.onnx", "%2e%2e");
    const path = fc
      .tuple(fc.array(part), fc.constantFrom("/", "\\"))
      .map(([parts, separator]) => parts.join(separator));
    const folder = resolve("bundle");
    fc.assert(
      fc.property(fc.oneof(path, fc.string(), fc.string({ unit: "binary" })), (name) => {
        const read = readEntryPath(name);
        if (!read.ok) return;
        const target = resolve(join(folder, read.path));
        expect(target.startsWith(folder + sep)).toBe(true);
        expect(relative(folder, target).replaceAll(sep, "/")).toBe(read.path);
        expect(readEntryPath(read.path)).toEqual(read);
      }),
    );
  });
});
