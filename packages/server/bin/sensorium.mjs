#!/usr/bin/env node
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { runChild, widenThreadPool } from "./child.mjs";
import { findNode24, isCurrent } from "./node24.mjs";
import { endWithNpm } from "./npm.mjs";

const source = new URL("../src/cli/main.ts", import.meta.url);
const published = new URL("../dist/cli/main.js", import.meta.url);

const inCheckout = existsSync(source);

try {
  endWithNpm();
  if (inCheckout) {
    const { prepare } = await import(new URL("../../../scripts/prepare.mjs", import.meta.url).href);
    await prepare({ page: process.argv[2] === "serve" });
  }
  await runHere(inCheckout ? source : published);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}

/** @param {URL} main */
async function runHere(main) {
  // Before the first file is opened: libuv reads the size once.
  widenThreadPool();
  if (isCurrent()) await import(main.href);
  else process.exitCode = await runChild(findNode24(), [fileURLToPath(main), ...process.argv.slice(2)]);
}
