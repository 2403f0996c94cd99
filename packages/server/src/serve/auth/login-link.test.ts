import { join } from "node:path";
import { expect, it } from "vitest";
import { temporaryFolder } from "../../storage/events.fixture.ts";
import { Store } from "../../storage/store.ts";
import { Auth } from "./auth.ts";
import { addLoginLink, loginUrl } from "./login-link.ts";

it("a link that is asked for while the server runs logs in there, once", async () => {
  using folder = temporaryFolder();
  const folders = [folder.path, join(folder.path, "simulated")];
  expect(await addLoginLink(folders, Date.now())).toBeNull();
  await using store = await Store.open({ folder: folder.path });
  const auth = await Auth.open({ records: store.access });
  const token = (await addLoginLink(folders, Date.now())) ?? "";
  expect(loginUrl("http://localhost:8000", token)).toMatch(/^http:\/\/localhost:8000\/login#token=[\w-]{43}$/);
  expect((await auth.accounts.exchangeLink(token))?.principal).toMatchObject({ name: "admin", scopes: ["admin"] });
  expect(await auth.accounts.exchangeLink(token)).toBeNull();
});

it("a link works for whichever of two servers is running", async () => {
  using folder = temporaryFolder();
  const folders = [folder.path, join(folder.path, "simulated")];
  for (const path of folders) {
    await using store = await Store.open({ folder: path });
    await Auth.open({ records: store.access });
  }
  const token = (await addLoginLink(folders, Date.now())) ?? "";
  for (const path of folders) {
    await using store = await Store.open({ folder: path });
    const auth = await Auth.open({ records: store.access });
    expect(await auth.accounts.exchangeLink(token)).not.toBeNull();
  }
});
