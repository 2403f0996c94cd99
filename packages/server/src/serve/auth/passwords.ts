import { randomBytes, type ScryptOptions, scrypt, timingSafeEqual } from "node:crypto";
import { promisify } from "node:util";

const derive = promisify<string, Buffer, number, ScryptOptions, Buffer>(scrypt);

// One of the equivalent settings of OWASP's password storage cheat sheet; needs 32 MiB for a fifth of a second.
const COST = { N: 2 ** 15, r: 8, p: 3 };
const HASH_BYTES = 32;

/** The stored form of a password: `scrypt$N$r$p$salt$hash`. */
export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(16);
  const hash = await derive(password, salt, HASH_BYTES, withMemory(COST));
  return ["scrypt", COST.N, COST.r, COST.p, salt.toString("base64url"), hash.toString("base64url")].join("$");
}

/** Whether a password is the stored one. Takes as long when there is none, so that nobody learns which users exist. */
export async function checkPassword(password: string, stored: string | null): Promise<boolean> {
  const [, n, r, p, salt = "", expected = ""] = (stored ?? NOBODYS).split("$");
  const cost = { N: Number(n), r: Number(r), p: Number(p) };
  const hash = await derive(password, Buffer.from(salt, "base64url"), HASH_BYTES, withMemory(cost));
  return timingSafeEqual(hash, Buffer.from(expected, "base64url")) && stored !== null;
}

const NOBODYS = ["scrypt", COST.N, COST.r, COST.p, "", Buffer.alloc(HASH_BYTES).toString("base64url")].join("$");

const withMemory = (cost: typeof COST): ScryptOptions => ({ ...cost, maxmem: 256 * cost.N * cost.r });
