import type { analytics } from "@sensorium/protocol/rest";
import type { wifiDensepose as wire } from "@sensorium/protocol/wire";
import { ageText } from "../freshness.ts";
import type { Fall } from "./falls.ts";

const HOUR_MS = 3_600_000;

/** Who it was. */
export const personText = (person: number | null): string =>
  person === null ? "nobody in particular" : `Person ${person}`;

/** A share of 1 in per cent. */
export const percent = (share: number | null): string => (share === null ? "–" : `${Math.round(100 * share)} %`);

/** How a fall stands, in words; `nowMs` is the time that it is read. */
export function stateText({ state, seconds, atMs }: Fall, nowMs: number): string {
  if (state === "suspected") return "Suspected, not confirmed";
  if (state === "recovered") return seconds === null ? "Up again" : `Up again after ${ageText(1000 * seconds)}`;
  const lyingMs = nowMs - atMs;
  return lyingMs < HOUR_MS ? `Lying for ${ageText(lyingMs)}` : "Was not seen to get up";
}

/** What happened, in one sentence. */
export function happeningText({ event, person_id, metadata }: analytics.AnalyticsEventRecord): string {
  const { from, to, message, inactive_for: seconds, recovery_detected: over } = metadata;
  if (event === "alert_triggered" && typeof message === "string") return message;
  const who = personText(person_id);
  if (event === "activity_changed") return `${who}: from ${from} to ${to}`;
  if (event !== "inactivity_detected") return `${who}: ${event.replaceAll("_", " ")}`;
  const long = typeof seconds === "number" ? ` for ${ageText(1000 * seconds)}` : "";
  return over === true ? `${who} moves again, after having been still${long}` : `${who} has been still${long}`;
}

/** What came or went, and how bad that is. */
export function deviceText(message: Extract<wire.EventMessage, { type: "hardware_event" | "system_event" }>) {
  if (message.type === "hardware_event") {
    const { camera_id, router_id, message: text, severity } = message.data;
    return { what: camera_id ?? router_id ?? "device", text, severity };
  }
  const { event, message: text, severity = "info" } = message.data;
  return { what: "system", text: text ?? event.replaceAll("_", " "), severity };
}
