/** Makes sure that every program is there that the tests start; run before them, so that none is left out. */
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { locate, PROGRAMS, type Program } from "./programs.ts";
import { remedyFor } from "./remedy.ts";

const APT_GET = "/usr/bin/apt-get";

try {
  ensurePrograms(Object.values(PROGRAMS));
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}

function ensurePrograms(programs: readonly Program[]): void {
  const missing = programs.filter(({ find }) => find() === undefined);
  if (missing.length > 0) {
    const remedy = remedyFor(missing, { aptGet: existsSync(APT_GET), root: process.getuid?.() === 0 });
    if ("refuse" in remedy) throw new Error(remedy.refuse);
    console.error(`Installing ${remedy.install.join(" ")} (apt-get), which the tests need …`);
    aptGet("update");
    aptGet("install", "-y", "--no-install-recommends", ...remedy.install);
  }
  for (const program of programs) console.error(`${program.name}: ${locate(program)}`);
}

function aptGet(...args: readonly string[]): void {
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  const { status } = spawnSync(APT_GET, ["-qq", ...args], { env, stdio: ["ignore", 2, 2] });
  if (status !== 0) throw new Error(`apt-get ${args.join(" ")} failed: its lines above say why.`);
}
