import { auth } from "@sensorium/protocol/wire";
import { type Scope, widened } from "./principal.ts";

/** What somebody may do, and in which environments; null for all of them. */
export interface Rights {
  readonly scopes: readonly Scope[];
  readonly environments: readonly string[] | null;
}

/** Rights as they are stored: JSON lists. */
export interface StoredRights {
  readonly scopes: string;
  readonly environments: string | null;
}

/** What is stored of rights. */
export const storedRights = ({ scopes, environments }: Rights): StoredRights => ({
  scopes: JSON.stringify(scopes),
  environments: environments && JSON.stringify(environments),
});

/** The rights that are stored. */
export const rightsOf = ({ scopes, environments }: StoredRights) => ({
  scopes: auth.Scope.array().parse(JSON.parse(scopes)),
  environments: environments === null ? null : auth.Environments.parse(JSON.parse(environments)),
});

/** What both allow. */
export function narrowed(one: Rights, other: Rights): Rights {
  return {
    scopes: [...new Set([...allowedBy(other, one.scopes), ...allowedBy(one, other.scopes)])],
    environments: shared(one.environments, other.environments),
  };
}

const allowedBy = ({ scopes }: Rights, wanted: readonly Scope[]): readonly Scope[] =>
  wanted.filter((scope) => widened(scopes).includes(scope));

const shared = (one: Rights["environments"], other: Rights["environments"]): Rights["environments"] =>
  one && other ? one.filter((environment) => other.includes(environment)) : (one ?? other);
