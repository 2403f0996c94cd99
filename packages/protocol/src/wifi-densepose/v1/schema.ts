import { z } from "zod";
import { checkJson } from "../../config/problems.ts";
import {
  AckMessage,
  ClientMessage,
  ConnectionStatusMessage,
  DisconnectMessage,
  ErrorMessage,
  HeartbeatMessage,
  TokenExpiredMessage,
} from "./control.ts";
import { EventMessage } from "./events.ts";
import { PoseDataMessage, PoseTrajectoryMessage } from "./poses.ts";

/**
 * The streaming API's socket, version 1: what a client and a server may send each other. The README beside this file
 * says what it means; `golden/` holds examples of every message.
 */

export * from "./address.ts";
export * from "./close-codes.ts";
export * from "./control.ts";
export * from "./envelope.ts";
export * from "./events.ts";
export * from "./limits.ts";
export * from "./poses.ts";
export * from "./subscription.ts";

/** Everything a server sends. */
export const ServerMessage = z.discriminatedUnion("type", [
  PoseDataMessage,
  PoseTrajectoryMessage,
  ...EventMessage.options,
  AckMessage,
  ErrorMessage,
  HeartbeatMessage,
  ConnectionStatusMessage,
  DisconnectMessage,
  TokenExpiredMessage,
]);
export type ServerMessage = z.infer<typeof ServerMessage>;

/** A client's message, or what is wrong with it. */
export type ParsedClientMessage =
  | { readonly ok: true; readonly message: ClientMessage }
  | { readonly ok: false; readonly message: string; readonly details: { readonly field: string } | null };

/** Reads one text message of a client; never throws. */
export function parseClientMessage(text: string): ParsedClientMessage {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { ok: false, message: "The message is not JSON", details: null };
  }
  return checkClientMessage(value);
}

/** How deep lists and sections may stand in each other. */
const MAX_DEPTH = 32;

/** Checks a message of a client that was decoded; never throws. */
export function checkClientMessage(value: unknown): ParsedClientMessage {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    return { ok: false, message: "The message is not a JSON object", details: null };
  }
  if (isDeeper(value, MAX_DEPTH)) return { ok: false, message: "The message is nested too deep", details: null };
  const checked = checkJson(ClientMessage, value);
  if (checked.ok) return { ok: true, message: checked.file };
  const [problem] = checked.problems;
  const field = problem?.path.join(".") ?? "";
  const message = `The message cannot be used: ${field ? `${field} ` : ""}${problem?.message ?? "it is not understood"}`;
  return { ok: false, message, details: field ? { field } : null };
}

const isDeeper = (value: unknown, depth: number): boolean =>
  typeof value === "object" &&
  value !== null &&
  (depth === 0 || Object.values(value).some((each) => isDeeper(each, depth - 1)));
