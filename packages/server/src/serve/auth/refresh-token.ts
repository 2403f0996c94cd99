import { newSecret } from "./secrets.ts";

/**
 * What a program gets new tokens with. The first half stays the same for a whole login, the second changes with every
 * refresh: whoever shows the first with an old second has a copy of what was used before.
 */
export interface RefreshToken {
  readonly login: string;
  readonly turn: string;
}

const PREFIX = "sensorium_refresh_";
const FORM = /^sensorium_refresh_([\w-]{43})\.([\w-]{43})$/;

/** The first token of a login, or the next one after another. */
export const nextRefreshToken = ({ login }: Pick<RefreshToken, "login"> = { login: newSecret() }): RefreshToken => ({
  login,
  turn: newSecret(),
});

export const formatRefreshToken = ({ login, turn }: RefreshToken): string => `${PREFIX}${login}.${turn}`;

/** Null for a text that is none. */
export function parseRefreshToken(text: string): RefreshToken | null {
  const [, login, turn] = FORM.exec(text) ?? [];
  return login === undefined || turn === undefined ? null : { login, turn };
}
