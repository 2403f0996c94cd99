import { afterEach, describe, expect, it, vi } from "vitest";
import { z } from "zod";
import { type Listing, Reading } from "./reading.ts";

const place = (page: number) => ({
  page,
  per_page: 2,
  total: 3,
  total_pages: 2,
  has_next: page < 2,
  has_prev: page > 1,
});
const asked: string[] = [];

/** A server whose answers the test gives one by one. */
function serve(): { readonly list: Listing<string>; answer(status: number, body: object): Promise<void> } {
  asked.length = 0;
  const waiting: ((reply: Response) => void)[] = [];
  vi.stubGlobal("fetch", (url: string) => {
    asked.push(url);
    return new Promise<Response>((resolve) => waiting.push(resolve));
  });
  const answer = async (status: number, body: object): Promise<void> =>
    waiting.shift()?.(Response.json(body, { status }));
  return { list: new Reading("api/names", z.string().array()), answer };
}
afterEach(() => vi.unstubAllGlobals());

describe("a list", () => {
  it("asks for what has a value, and for the same again", async () => {
    const { list, answer } = serve();
    const first = list.load({ page: 2, user: "a b", action: undefined });
    await answer(200, { data: ["c"], pagination: place(2) });
    await first;
    expect(list.state.get()).toEqual({ value: ["c"], pagination: place(2), problem: null });
    const again = list.load();
    await answer(200, { data: [], pagination: place(2) });
    await again;
    expect(asked).toEqual(["api/names?page=2&user=a+b", "api/names?page=2&user=a+b"]);
  });

  it("keeps what it knew when it cannot be read, and says why", async () => {
    const { list, answer } = serve();
    const first = list.load();
    await answer(200, { data: ["a"], pagination: place(1) });
    await first;
    const refused = list.load();
    await answer(403, { error: { message: "These credentials do not allow this" } });
    await refused;
    expect(list.state.get()).toMatchObject({ value: ["a"], problem: "These credentials do not allow this" });
    const strange = list.load();
    await answer(200, { data: [1] });
    await strange;
    expect(list.state.get()).toMatchObject({ value: ["a"], problem: expect.stringContaining("does not understand") });
  });

  it("shows the answer to the last question, whichever comes last", async () => {
    const { list, answer } = serve();
    const [old, newer] = [list.load({ page: 1 }), list.load({ page: 2 })];
    await answer(200, { data: ["old"] });
    await answer(200, { data: ["newer"] });
    await Promise.all([old, newer]);
    expect(list.state.get().value).toEqual(["newer"]);
  });
});
