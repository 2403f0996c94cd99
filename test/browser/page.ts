import { fileURLToPath } from "node:url";

/** Where the built page lies. */
export const pageFolder = fileURLToPath(new URL("../../apps/dashboard/dist/", import.meta.url));

/** Builds the page unless it is up to date, as it is in a run of all tests. */
export async function buildPage(): Promise<void> {
  const script = new URL("../../scripts/page.mjs", import.meta.url).href;
  const scripts = (await import(script)) as { readonly buildPage: () => Promise<void> };
  await scripts.buildPage();
}
