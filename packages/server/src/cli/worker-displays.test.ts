import { describe, expect, it } from "vitest";
import { Displays, merged } from "./worker-displays.ts";

describe("what a backend keeps for its displays", () => {
  it.each([
    ["a field replaces a field", { a: 1, b: 2 }, { b: 3 }, { a: 1, b: 3 }],
    [
      "objects are merged",
      { car: { brand: "Honda" } },
      { car: { year: 2023 } },
      { car: { brand: "Honda", year: 2023 } },
    ],
    ["null clears", { car: { brand: "Honda" } }, { car: null }, { car: null }],
    ["an object takes the place of nothing", { car: null }, { car: { brand: "Honda" } }, { car: { brand: "Honda" } }],
    ["a list replaces a list", { list: [1, 2] }, { list: [3] }, { list: [3] }],
  ])("is merged: %s", (_, before, patch, after) => {
    expect(merged(before, patch)).toEqual(after);
  });

  it("belongs to the display that is in the session", () => {
    const displays = new Displays();
    displays.begin("d1", 7);
    const data = { progressionStage: "car_fueling" } as const;
    expect(displays.patch({ type: "patchSession", sessionId: 7, data }).payload.success).toBe(true);
    expect(displays.get("d1")).toMatchObject({ progressionStage: "car_fueling", sessionId: 7 });
    expect(displays.patch({ type: "patchSession", sessionId: 8, data }).payload).toEqual({
      ...{ sessionId: 8, success: false, message: "No display is in the session 8" },
    });
  });
});
