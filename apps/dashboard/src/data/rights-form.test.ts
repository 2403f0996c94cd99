import { describe, expect, it } from "vitest";
import { environmentsText, rightsFormOf, rightsOf, rightsText } from "./rights-form.ts";

describe("the form of what somebody may do", () => {
  it.each([
    { scopes: ["read"], environments: null },
    { scopes: ["operate"], environments: ["ward-1", "ward-2"] },
    { scopes: ["admin"], environments: [] },
  ] as const)("of $scopes in $environments gives the same back", (rights) => {
    expect(rightsOf(rightsFormOf(rights))).toEqual(rights);
  });

  it("shows the most of several scopes", () => {
    expect(rightsFormOf({ scopes: ["operate", "read"], environments: null }).scope).toBe("operate");
  });

  it("never gives all environments because a field is empty", () => {
    expect(rightsOf({ scope: "read", everywhere: false, environments: " , " }).environments).toEqual([]);
  });

  it("takes each name once, without the blanks around it", () => {
    const form = { scope: "read", everywhere: false, environments: "ward-1,  ward 2 ,ward-1" } as const;
    expect(rightsOf(form).environments).toEqual(["ward-1", "ward 2"]);
  });
});

it("rights are told in words", () => {
  expect([rightsText(["read", "operate"]), rightsText([])]).toEqual(["see and operate", "do nothing"]);
  expect([null, [], ["a", "b"]].map(environmentsText)).toEqual(["all", "none", "a, b"]);
});
