import { readFileSync } from "node:fs";

const text = readFileSync(new URL("../../package.json", import.meta.url), "utf8");

/** Of this server. */
export const VERSION: string = (JSON.parse(text) as { readonly version: string }).version;
