import { describe, expect, it } from "vitest";
import { HandClock } from "../testing/hand-clock.ts";
import { LoginAttempts } from "./login-attempts.ts";

const wrong = async (): Promise<null> => null;
const right = async (): Promise<string> => "somebody";
const peerAt = (n: number) => ({ address: `10.0.${n >> 8}.${n & 255}`, loopback: false, encrypted: false });

describe("whoever guesses", () => {
  it("at one user from many places has to wait", async () => {
    const attempts = new LoginAttempts(new HandClock());
    const kinds = new Set<string>();
    for (let n = 0; n < 50; n++) kinds.add((await attempts.make({ peer: peerAt(n), username: "admin" }, wrong)).kind);
    expect([...kinds]).toEqual(["wrong"]);
    const next = await attempts.make({ peer: peerAt(999), username: "admin" }, right);
    expect(next).toEqual({ kind: "later", waitMs: 15 * 60_000 });
  });

  it("many at once gets no more tries than one after the other", async () => {
    const attempts = new LoginAttempts(new HandClock());
    const all = await Promise.all(Array.from({ length: 40 }, () => attempts.make({ peer: peerAt(1) }, wrong)));
    expect(all.filter(({ kind }) => kind === "wrong")).toHaveLength(4);
  });

  it("does not use up the tries of others, even with a million names", async () => {
    const clock = new HandClock();
    const attempts = new LoginAttempts(clock);
    for (let n = 0; n < 20_000; n++) {
      await attempts.make({ peer: peerAt(n), username: `made up ${n}` }, wrong);
      if (n % 100 === 0) clock.advance(60_000);
    }
    expect(await attempts.make({ peer: peerAt(1) }, right)).toEqual({ kind: "in", login: "somebody" });
  });
});

describe("whoever knows", () => {
  it("is never made to wait by logging in often", async () => {
    const attempts = new LoginAttempts(new HandClock());
    for (let n = 0; n < 100; n++) {
      expect((await attempts.make({ peer: peerAt(1), username: "admin" }, right)).kind).toBe("in");
    }
  });

  it("is let in again after a check that failed inside", async () => {
    const attempts = new LoginAttempts(new HandClock());
    const failing = () => Promise.reject(new Error("the store is gone"));
    for (let n = 0; n < 5; n++) await expect(attempts.make({ peer: peerAt(1) }, failing)).rejects.toThrow("gone");
    expect((await attempts.make({ peer: peerAt(1) }, right)).kind).toBe("in");
  });
});
