import { auth } from "@sensorium/protocol/wire";

/** What somebody may do, as the fields of a form have it. */
export interface RightsForm {
  /** The most they may do: each scope includes the ones before it. */
  readonly scope: auth.Scope;
  readonly everywhere: boolean;
  /** Names with commas between them; nothing is read from it while they may everywhere. */
  readonly environments: string;
}

interface Rights {
  readonly scopes: readonly auth.Scope[];
  readonly environments: readonly string[] | null;
}

/** What each scope allows, in words. */
export const ALLOWS: Readonly<Record<auth.Scope, string>> = {
  read: "see",
  operate: "see and operate",
  admin: "do everything",
};

/** The most that some scopes allow; null for none. */
export const mostOf = (scopes: readonly auth.Scope[]): auth.Scope | null =>
  auth.Scope.options.findLast((scope) => scopes.includes(scope)) ?? null;

/** Rights in words, such as `see and operate`. */
export const rightsText = (scopes: readonly auth.Scope[]): string => {
  const most = mostOf(scopes);
  return most === null ? "do nothing" : ALLOWS[most];
};

/** Environments in words. */
export function environmentsText(environments: readonly string[] | null): string {
  if (environments === null) return "all";
  return environments.length === 0 ? "none" : environments.join(", ");
}

/** The form of what somebody may do; of somebody new without it. */
export function rightsFormOf({ scopes, environments }: Rights = { scopes: ["read"], environments: null }): RightsForm {
  return {
    scope: mostOf(scopes) ?? "read",
    everywhere: environments === null,
    environments: environments?.join(", ") ?? "",
  };
}

/** What the form says. */
export function rightsOf({ scope, everywhere, environments }: RightsForm): Rights {
  const names = environments
    .split(",")
    .map((name) => name.trim())
    .filter((name) => name !== "");
  return { scopes: [scope], environments: everywhere ? null : [...new Set(names)] };
}
