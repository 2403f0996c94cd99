import { type Browser, chromium } from "playwright-core";
import { locate, PROGRAMS } from "../../packages/testkit/src/services/index.ts";

const FLAGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** Starts the Chromium of this machine; without one the error says how to get it. */
export async function launchChromium(): Promise<Browser> {
  return chromium.launch({ executablePath: locate(PROGRAMS.chromium), args: FLAGS });
}
