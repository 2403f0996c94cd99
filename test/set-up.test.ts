import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";

const { isInstalled } = (await import(new URL("../scripts/install.mjs", import.meta.url).href)) as {
  isInstalled(folder: string): boolean;
};

const CHILD = `
  let times = 0;
  process.on("SIGINT", () => console.log("interrupted", ++times));
  process.on("SIGTERM", () => process.exit(7));
  setInterval(() => {}, 1000);
  console.log("ready");
`;

/** A process that runs the one above and ends with its exit code. */
function parent(code: string): ChildProcessWithoutNullStreams {
  const module = new URL("../packages/server/bin/child.mjs", import.meta.url).href;
  const script = `
    import { runChild } from ${JSON.stringify(module)};
    process.exitCode = await runChild(process.execPath, ["-e", ${JSON.stringify(code)}]);
  `;
  return spawn(process.execPath, ["--input-type=module", "-e", script]);
}

async function lines(from: ChildProcessWithoutNullStreams, until: string): Promise<void> {
  for await (const chunk of from.stdout.iterator({ destroyOnReturn: false })) if (String(chunk).includes(until)) return;
}

describe("a task run on another Node", () => {
  it("gets a Ctrl-C that arrives twice, from the terminal and from npm, once, and passes its exit code on", async () => {
    const process = parent(CHILD);
    let said = "";
    process.stdout.on("data", (chunk) => {
      said += chunk;
    });
    await lines(process, "ready");
    process.kill("SIGINT");
    await lines(process, "interrupted");
    process.kill("SIGINT");
    process.kill("SIGTERM");
    const [code] = await once(process, "close");
    expect({ code, said }).toEqual({ code: 7, said: "ready\ninterrupted 1\n" });
  });

  it("that dies of a signal ends as a shell would say it", async () => {
    const process = parent(`console.log("ready"); setInterval(() => {}, 1000)`);
    await lines(process, "ready");
    process.kill("SIGTERM");
    const [code] = await once(process, "close");
    expect(code).toBe(128 + 15);
  });
});

describe("the locked packages", () => {
  const folder = mkdtempSync(join(tmpdir(), "sensorium-test-"));
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const locked = {
    "": { version: "0.1.0" },
    "packages/server": { version: "0.1.0" },
    "node_modules/sensorium": { resolved: "packages/server", link: true },
    "node_modules/zod": { version: "4.0.0", integrity: "sha512-a" },
    "node_modules/for-windows": { version: "1.0.0", integrity: "sha512-b", optional: true },
    "apps/page/node_modules/zod": { version: "3.0.0", integrity: "sha512-c" },
  };
  const { "": _root, "node_modules/for-windows": _optional, ...installed } = locked;

  it.each([
    ["are there after an install on another platform than that of an optional package", installed, true],
    ["are not there before the first install", undefined, false],
    [
      "are not there when the lock file was changed since",
      { ...installed, "node_modules/zod": { version: "3.9.0" } },
      false,
    ],
    [
      "are not there when one was replaced under the same version",
      { ...installed, "node_modules/zod": { version: "4.0.0", integrity: "sha512-x" } },
      false,
    ],
    ["are not there when a workspace lacks its own", { ...installed, "apps/page/node_modules/zod": undefined }, false],
  ])("%s", (_, packages, expected) => {
    mkdirSync(join(folder, "node_modules"), { recursive: true });
    writeFileSync(join(folder, "package-lock.json"), JSON.stringify({ packages: locked }));
    if (packages) writeFileSync(join(folder, "node_modules", ".package-lock.json"), JSON.stringify({ packages }));
    expect(isInstalled(folder)).toBe(expected);
  });
});
