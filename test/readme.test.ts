import { execFile } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { WebSocketServer } from "ws";
import { CONFIG_VARIABLE, ENVIRONMENT } from "../packages/server/src/config/config.ts";

const root = new URL("../", import.meta.url);
const read = (path: string): string => readFileSync(new URL(path, root), "utf8");
const run = promisify(execFile);

const pages = ["README.md", ...readdirSync(new URL("docs", root)).map((name) => `docs/${name}`)];
const readme = read("README.md");

/** The fenced blocks of a page in one language. */
function blocks(page: string, language: string): readonly string[] {
  return Array.from(read(page).matchAll(/^```(\w+)\n(.*?)^```$/gms)).flatMap(([, name, text = ""]) =>
    name === language ? [text] : [],
  );
}

const commands = pages.flatMap((page) =>
  blocks(page, "sh").flatMap((block) =>
    block
      .trim()
      .split("\n")
      .map((line) => [page, line] as const),
  ),
);

const helpTexts = new Map<string, Promise<string>>();

/** What `sensorium <name> --help` prints; rejects for a command that does not exist. */
function help(name: string): Promise<string> {
  const main = fileURLToPath(new URL("packages/server/src/cli/main.ts", root));
  const text =
    helpTexts.get(name) ?? run(process.execPath, [main, ...name.split(" "), "--help"]).then((it) => it.stdout);
  helpTexts.set(name, text);
  return text;
}

const flagsIn = (text: string): readonly string[] => text.match(/--[a-z][a-z-]*/g) ?? [];

/** Commands that are only the first half of one. */
const GROUPS = ["source", "models", "eval", "config", "mpta", "worker"];

/** The `sensorium` command that a line of a page comes down to; undefined for other npm scripts. */
function sensoriumCommand(line: string): string | undefined {
  if (/^npm start\b/.test(line)) return "serve";
  const [, command, next] = /^npx sensorium ([a-z-]+)(?: ([a-z-]+))?/.exec(line) ?? [];
  return command !== undefined && GROUPS.includes(command) ? `${command} ${next}` : command;
}

describe("the documentation", () => {
  it.each(commands)("%s: %s", async (_, line) => {
    const [, variable, typed = ""] = /^(?:([A-Z_]+)=\S+ )?(.*)$/.exec(line) ?? [];
    if (variable !== undefined) expect(Object.values(ENVIRONMENT)).toContain(variable);
    const [, script] = /^npm (?:run )?([a-z]+)/.exec(typed) ?? [];
    if (script !== undefined) expect(Object.keys(JSON.parse(read("package.json")).scripts)).toContain(script);
    else expect(typed).toMatch(/^npx sensorium /);
    const command = sensoriumCommand(typed);
    if (command === undefined) return;
    const known = flagsIn(await help(command));
    for (const flag of flagsIn(typed)) expect(known).toContain(flag);
  });

  it("links to nothing that is not there", () => {
    for (const page of pages) {
      for (const [, target = ""] of read(page).matchAll(/\]\((?!https?:)([^)#]+)\)/g)) {
        expect(() => read(fileURLToPath(new URL(target, new URL(page, root)))), `${page}: ${target}`).not.toThrow();
      }
    }
  });
});

describe("the README's settings", () => {
  it("are all flags of serve and all variables that are read", async () => {
    const flags = flagsIn(await help("serve")).filter((flag) => flag !== "--help");
    for (const name of [...flags, CONFIG_VARIABLE, ...Object.values(ENVIRONMENT)])
      expect(readme).toContain(`\`${name}\``);
  });

  it("name no variable that is not read", () => {
    const named = readme.match(/\bSENSORIUM_[A-Z_]+/g) ?? [];
    expect([CONFIG_VARIABLE, ...Object.values(ENVIRONMENT)]).toEqual(expect.arrayContaining(named));
  });
});

describe("the people-counter client of the documentation", () => {
  it("prints counts when they change, and periods of high traffic", async () => {
    const golden = (name: string): string => read(`packages/protocol/src/people-counter/v1/golden/server.${name}.json`);
    const server = new WebSocketServer({ host: "127.0.0.1", port: 0 });
    await once(server, "listening");
    server.on("connection", (socket) => {
      for (const name of ["stats", "frame", "stats", "event.started", "event.ended"]) socket.send(golden(name));
      socket.close();
    });
    const { port } = server.address() as AddressInfo;
    const [client = ""] = blocks("docs/people-counter-client.md", "js");
    const code = client.replace("localhost:8765", `127.0.0.1:${port}`);
    const { stdout, stderr } = await run(process.execPath, ["--input-type=module", "--eval", code]);
    server.close();
    expect({ stdout, stderr }).toEqual({
      stdout: "6 in, 2 out\nhigh traffic started at 09:20:00\nhigh traffic ended at 09:25:30\n",
      stderr: "",
    });
  });
});
