import { delimiter, dirname } from "node:path";
import { widenThreadPool } from "../packages/server/bin/child.mjs";
import { findNode24 } from "../packages/server/bin/node24.mjs";
import { endWithNpm } from "../packages/server/bin/npm.mjs";
import { prepare } from "./prepare.mjs";
import { TASKS } from "./tasks.mjs";

/**
 * `node scripts/run.mjs <task> [arguments]`: brings the checkout up to date, then runs the task on Node 24. It needs
 * nothing but Node 20 and npm, so nothing that it imports may import a package.
 */
const [name = "", ...args] = process.argv.slice(2);

try {
  endWithNpm();
  process.exitCode = await run(name, args);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}

/**
 * @param {string} name
 * @param {readonly string[]} args
 */
async function run(name, args) {
  const task = Object.hasOwn(TASKS, name) ? TASKS[name] : undefined;
  if (!task) throw new Error(`There is no task "${name}": it is one of ${Object.keys(TASKS).join(", ")}.`);
  await prepare({ page: task.page });
  process.env.PATH = `${dirname(findNode24())}${delimiter}${process.env.PATH}`;
  widenThreadPool();
  return task.run(args);
}
