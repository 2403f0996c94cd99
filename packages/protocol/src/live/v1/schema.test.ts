import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { ClientRequest, ServerMessage, TracksMessage, WatchRequest } from "./schema.ts";

const folder = new URL("./golden/", import.meta.url);
const golden = (name: string): unknown => JSON.parse(readFileSync(new URL(name, folder), "utf8"));
const named = (prefix: string): string[] => readdirSync(folder).filter((name) => name.startsWith(prefix));

describe("the live protocol's golden files", () => {
  it.each(named("server."))("%s is a message of the server, whole", (name) => {
    expect(ServerMessage.parse(golden(name))).toEqual(golden(name));
  });

  it.each(named("client."))("%s is a request", (name) => {
    expect(ClientRequest.parse(golden(name))).toMatchObject(golden(name) as object);
  });

  it("show every message", () => {
    const shown = named("server.").map((name) => (golden(name) as { type: string }).type);
    const all = ServerMessage.options.map((option) => option.shape.type.value);
    expect(new Set(shown)).toEqual(new Set(all));
  });
});

describe("the live protocol", () => {
  it("watches without pictures of a chosen size at a stated one", () => {
    expect(WatchRequest.parse({ type: "watch", camera: "door", pictures: true })).toMatchObject({
      maxWidth: 1280,
      quality: 70,
    });
  });

  it("refuses tracks whose arrays differ in length", () => {
    const tracks = golden("server.tracks.json") as { boxes: number[] };
    expect(TracksMessage.safeParse({ ...tracks, boxes: tracks.boxes.slice(1) }).success).toBe(false);
  });
});
