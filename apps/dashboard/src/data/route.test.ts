import { expect, it } from "vitest";
import { addressOf, type Route, routeOf } from "./route.ts";

it.each<[string, Route]>([
  ["", { view: "live", camera: null }],
  ["#camera=door", { view: "live", camera: "door" }],
  ["#view=environments", { view: "environments", environment: null }],
  ["#view=environments&environment=ward+2", { view: "environments", environment: "ward 2" }],
  ["#view=access", { view: "access" }],
  ["#view=developers", { view: "developers" }],
])("the address %j is that of its view", (hash, route) => {
  expect(routeOf(hash)).toEqual(route);
  expect(routeOf(addressOf(route))).toEqual(route);
});

it("an address that nobody knows shows the live pictures", () => {
  expect(routeOf("#view=nothing")).toEqual({ view: "live", camera: null });
});
