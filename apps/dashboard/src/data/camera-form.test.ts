import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { formOf, idFor, problemsIn, settingsOf } from "./camera-form.ts";

describe("the form of a camera", () => {
  it("that is not touched leaves the camera as it was, whatever else is said of it", () => {
    const settings = { name: "Door", classes: ["person", "car"], motionGate: false, masks: [[]], lines: {} };
    expect(settingsOf(formOf(settings), settings)).toEqual(settings);
  });

  it("takes settings back to the defaults where it is empty, and keeps the source", () => {
    const settings = { name: "Door", model: "centernet", classes: ["car"], tracker: "sort" as const, motionGate: true };
    expect(settingsOf(formOf(), settings)).toEqual({});
  });

  it("says of a new camera what was typed, without the blanks around it", () => {
    const form = { ...formOf(), source: " rtsp://h/s ", classes: "person, car,", motionGate: "off" };
    expect(settingsOf(form)).toEqual({ source: "rtsp://h/s", classes: ["person", "car"], motionGate: false });
  });
});

describe("a new camera's id", () => {
  it.each([
    ["Back yard", "rtsp://h/s", "back-yard"],
    ["Tür Süd", "", "tur-sud"],
    ["", "rtsp://user:secret@192.0.2.10:554/stream1?key=secret", "192-0-2-10-554-stream1"],
    ["", "webcam:0", "0"],
    ["!", "", "camera"],
    ["Door", "", "door-3"],
  ])("of %j at %j is %s", (name, source, id) => {
    expect(idFor({ name, source }, ["door", "door-2"])).toBe(id);
  });

  it("can always be one, and is free", () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (name, source) => {
        const id = idFor({ name, source }, []);
        expect(id).toMatch(/^[a-z0-9][a-z0-9-]{0,63}$/);
        expect(idFor({ name, source }, [id])).not.toBe(id);
      }),
    );
  });
});

describe("a refusal", () => {
  it.each([
    ["model: must be a text", { model: "must be a text" }, null],
    ["cameras.door.source: ftp:// is none", { source: "ftp:// is none" }, null],
    ["classes: 0: is empty", { classes: "0: is empty" }, null],
    ["A simulated room cannot stand beside", {}, "A simulated room cannot stand beside"],
    ["cameras.a.b: no\nname: too long", { name: "too long" }, "cameras.a.b: no"],
  ])("%j is shown where it belongs", (sentence, fields, general) => {
    expect(problemsIn(sentence)).toEqual({ fields, general });
  });
});
