import { RouterEvent } from "@sensorium/protocol/wire";
import { describe, expect, it } from "vitest";
import { SimulatedRouters } from "./simulated-routers.ts";

const OPENED_MS = 1_773_480_000_000;

/** What is told in ten minutes, looked at every second. */
function tenMinutes(seed: number) {
  const routers = new SimulatedRouters({ seed, environment: "room_001", openedMs: OPENED_MS });
  return Array.from({ length: 600 }, (_, second) => routers.step(OPENED_MS + 1000 * second)).flat();
}

describe("the routers of a simulated room", () => {
  it("fall silent and come back by turns, each of them, and say that they are simulated", () => {
    const events = tenMinutes(1);
    expect(events.length).toBeGreaterThan(4);
    for (const event of events) expect(RouterEvent.parse(event)).toMatchObject({ simulated: true });
    for (const router of ["router_001", "router_002"]) {
      const states = events.filter((event) => event.router === router).map(({ state }) => state);
      expect(states).toEqual(states.map((_, i) => (i % 2 === 0 ? "offline" : "online")));
    }
  });

  it("do so at the same times for the same seed", () => {
    const timesOf = (seed: number) => tenMinutes(seed).map(({ router, state, wallMs }) => [router, state, wallMs]);
    expect(timesOf(3)).toEqual(timesOf(3));
    expect(timesOf(3)).not.toEqual(timesOf(4));
  });
});
