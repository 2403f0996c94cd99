import { describe, expect, it } from "vitest";
import { locate, type Program } from "./programs.ts";
import { remedyFor } from "./remedy.ts";

const missing: readonly Program[] = [
  { name: "Chromium", packages: ["chromium"], find: () => undefined },
  { name: "An RTSP server", packages: ["gir1.2-server", "python3-gi"], find: () => undefined },
];
const line = "sudo apt-get update && sudo apt-get install -y chromium gir1.2-server python3-gi";

describe("programs that are missing", () => {
  it("are installed without asking as root on Debian", () => {
    const remedy = remedyFor(missing, { aptGet: true, root: true });
    expect(remedy).toEqual({ install: ["chromium", "gir1.2-server", "python3-gi"] });
  });

  it.each([
    ["a user on Debian", { aptGet: true, root: false }],
    ["another system", { aptGet: false, root: true }],
  ])("end the tests with the line to type for %s", (_, machine) => {
    expect(remedyFor(missing, machine)).toEqual({ refuse: expect.stringMatching(/Chromium, An RTSP server\. .*$/) });
    expect(remedyFor(missing, machine)).toEqual({ refuse: expect.stringContaining(line) });
  });

  it("are named, with the line to type, to whoever starts one", () => {
    expect(() => locate(missing[0] as Program)).toThrow(
      "Chromium is not installed: sudo apt-get update && sudo apt-get install -y chromium",
    );
  });
});
