import { addCredential } from "../../storage/access.ts";
import { openBeside } from "../../storage/sqlite.ts";
import { firstAdmin } from "../../storage/users.ts";
import { loginLink } from "./accounts.ts";
import { newSecret } from "./secrets.ts";

/** The address to open; what follows the `#` stays in the browser. */
export const loginUrl = (base: string, token: string): string => `${base}/login#token=${token}`;

/**
 * Makes a login link for the first admin of every store in `folders`, whether a server is running on it or not, and
 * returns its token: it works once with each. Null when no server has ever run on any of them.
 * @throws SensoriumError `store-failed` when a database cannot be written, or is of another version.
 */
export async function addLoginLink(folders: readonly string[], nowMs: number): Promise<string | null> {
  const token = newSecret();
  let added = false;
  for (const folder of folders) {
    await using store = await openBeside(folder);
    const user = store && (await firstAdmin(store.db));
    if (!user) continue;
    await addCredential(store.db, loginLink(user, { token, nowMs }));
    added = true;
  }
  return added ? token : null;
}
