import { RATE_LIMITS } from "@sensorium/protocol/rest";

/** The usual limits, but for logging in: a test does that more often within a minute. */
export const manyLogins = { ...RATE_LIMITS, auth: { requests: 1_000, windowSeconds: 60 } };
