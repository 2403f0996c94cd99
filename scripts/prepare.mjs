import { install } from "./install.mjs";
import { buildPage } from "./page.mjs";

/**
 * Makes a checkout ready to run: the locked packages, and the page where a task shows it. Costs milliseconds when there
 * is nothing to do.
 *
 * @param {{ readonly page: boolean }} needs
 */
export async function prepare({ page }) {
  await install();
  if (page) await buildPage();
}
