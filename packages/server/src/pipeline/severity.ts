import type { ActivityChangedEvent, AlertEvent, FallEvent, InactivityEvent } from "@sensorium/protocol";

/** What is told of as something that somebody did or that befell them. */
export type HappeningEvent = FallEvent | AlertEvent | InactivityEvent | ActivityChangedEvent;

export type HappeningSeverity = AlertEvent["severity"];

const FALLS = { suspected: "medium", confirmed: "high", recovered: "low" } as const;
const INACTIVITY = { began: "medium", ended: "low" } as const;

/** How much it matters that this happened; the same wherever it is recorded and told. */
export function severityOf(event: HappeningEvent): HappeningSeverity {
  switch (event.type) {
    case "fall":
      return FALLS[event.change];
    case "inactivity":
      return INACTIVITY[event.change];
    case "activity-changed":
      return "low";
    case "alert":
      return event.severity;
  }
}
