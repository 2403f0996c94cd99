import { createHash, randomBytes } from "node:crypto";

/** By which an API key is told from a signed token; secret scanners find it too. */
export const KEY_PREFIX = "sensorium_key_";

/** 256 random bits, in a form that fits into a URL, a header and a cookie. */
export const newSecret = (prefix = ""): string => prefix + randomBytes(32).toString("base64url");

/** What is stored of a secret. No salt and no stretching: nobody guesses 256 random bits. */
export const hashSecret = (secret: string): string => createHash("sha256").update(secret).digest("hex");
