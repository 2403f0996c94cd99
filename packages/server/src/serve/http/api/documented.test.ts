import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ApiFixture } from "../../testing/api.fixture.ts";

let rest: ApiFixture;
let key: string;
beforeAll(async () => {
  rest = await ApiFixture.open();
  key = (await rest.parts.access.key(["admin"])).key;
});
afterAll(() => rest[Symbol.asyncDispose]());

describe("docs/rest-api.md", () => {
  const page = readFileSync(new URL("../../../../../../docs/rest-api.md", import.meta.url), "utf8");
  const commands = [...page.matchAll(/^```bash\n(.*?)^```$/gms)]
    .flatMap(([, block = ""]) => block.replaceAll(/\\\n\s*/g, "").split("\n"))
    .filter((line) => line.startsWith("curl "));

  it("shows how to ask", () => {
    expect(commands.length).toBeGreaterThanOrEqual(3);
  });

  it.each(commands)("%s", async (command) => {
    const { port } = rest.parts.server;
    const typed = command.replaceAll("$KEY", key).replace("//localhost:8000/", `//127.0.0.1:${port}/`);
    const { url, ...init } = requestOf(typed);
    const reply = await fetch(url, init);
    expect([reply.status, await reply.json()]).toEqual([200, expect.objectContaining({ success: true })]);
  });
});

/** What curl would ask. */
function requestOf(command: string): { readonly url: string } & RequestInit {
  const words = [...command.matchAll(/'([^']*)'|"([^"]*)"|(\S+)/g)].map((found) => found.slice(1).join("")).slice(1);
  const headers = new Headers();
  const data: string[] = [];
  let [url, method, isQuery] = ["", "", false];
  while (words.length > 0) {
    const word = words.shift() ?? "";
    if (word === "-G") isQuery = true;
    else if (word === "-X") method = words.shift() ?? "";
    else if (word === "-d") data.push(words.shift() ?? "");
    else if (word === "-H") headers.append(...splitHeader(words.shift() ?? ""));
    else if (/^http/.test(word)) url = word;
    else throw new Error(`what ${word} means to curl is not known here`);
  }
  if (isQuery || data.length === 0) return { url: `${url}?${data.join("&")}`, method: method || "GET", headers };
  return { url, method: method || "POST", headers, body: data.join("&") };
}

function splitHeader(line: string): [name: string, value: string] {
  const [name = "", ...value] = line.split(": ");
  return [name, value.join(": ")];
}
