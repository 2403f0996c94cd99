import { dev } from "./dev.mjs";
import { runNode, SERVER } from "./node.mjs";
import { pack } from "./pack.mjs";
import { PAGE } from "./page.mjs";
import { say } from "./root.mjs";

const BIOME = "node_modules/@biomejs/biome/bin/biome";
const TSC = "node_modules/typescript/bin/tsc";
const VITEST = "node_modules/vitest/vitest.mjs";

/** Type-checked by themselves, so that nothing of Node slips into what also runs in browsers; and this plain JavaScript. */
const PROJECTS = [".", "packages/protocol", "packages/perception", "packages/model-import", "scripts"];

/**
 * @typedef {object} Step one program run by Node
 * @property {string} title what is said before it starts
 * @property {readonly string[]} args
 * @property {string} [cwd] the checkout's folder unless given
 */

/** @type {readonly Step[]} */
const CHECK = [
  { title: "Format and lint", args: [BIOME, "check"] },
  ...PROJECTS.map((project) => ({ title: `Types of ${project}`, args: [TSC, "-p", project] })),
  { title: "Types of the page", args: ["node_modules/svelte-check/bin/svelte-check", "--output", "human"], cwd: PAGE },
];

/** @param {readonly string[]} args */
const TEST = (args) => [
  ...CHECK,
  { title: "Servers that the tests need", args: ["packages/testkit/src/services/install.ts"] },
  { title: "Tests", args: [VITEST, "run", ...args] },
];

/**
 * @typedef {object} Task
 * @property {boolean} page whether it needs the built page
 * @property {(args: readonly string[]) => Promise<number>} run resolves with the exit code
 */

/** @type {Readonly<Record<string, Task>>} */
export const TASKS = {
  start: { page: true, run: (args) => runNode([SERVER, "serve", ...args]) },
  test: { page: true, run: (args) => inOrder(TEST(args)) },
  check: { page: false, run: () => inOrder(CHECK) },
  fix: { page: false, run: (args) => runNode([BIOME, "check", "--write", ...args]) },
  bench: { page: false, run: (args) => runNode(["bench/main.ts", ...args]) },
  fuzz: { page: false, run: fuzz },
  dev: { page: false, run: dev },
  pack: { page: false, run: pack },
};

/**
 * Runs the property tests of the parsers with many cases each: 100 000 unless SENSORIUM_FUZZ_RUNS says otherwise.
 *
 * @param {readonly string[]} args
 */
function fuzz(args) {
  const env = { SENSORIUM_FUZZ_RUNS: "100000", ...process.env };
  return runNode([VITEST, "run", ".fuzz.test.ts", ...args], { env });
}

/**
 * Up to the first step that fails, whose exit code it resolves with.
 *
 * @param {readonly Step[]} steps
 */
async function inOrder(steps) {
  for (const { title, args, cwd } of steps) {
    say(`\n${title}`);
    const code = await runNode(args, { cwd });
    if (code !== 0) return code;
  }
  return 0;
}
