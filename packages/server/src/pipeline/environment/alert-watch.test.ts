import type { SensoriumEvent } from "@sensorium/protocol";
import { wallMs } from "@sensorium/protocol";
import { AlertEvent } from "@sensorium/protocol/wire";
import { describe, expect, it } from "vitest";
import { AlertWatch } from "./alert-watch.ts";
import { EnvironmentEvents } from "./environment-events.ts";

const T0 = 1_773_480_000_000;
const place = { point: { x: 0.5, y: 0.25 }, size: { width: 768, height: 432 } };
const about = { environment: "care", camera: "ward", person: 3, track: 7, at: 1, simulated: true, ...place };

const fall = (change: "suspected" | "confirmed" | "recovered", atMs = T0): SensoriumEvent => ({
  ...{ ...about, id: `fall ${change}`, type: "fall", change, wallMs: atMs, model: "movenet" },
  ...{ durationMs: 2_400, impact: 0.6, confidence: 0.9 },
});
const inactivity = (change: "began" | "ended"): SensoriumEvent => ({
  ...{ ...about, id: `inactivity ${change}`, type: "inactivity", change, wallMs: T0, durationMs: 300_000 },
});

function raised(events: readonly SensoriumEvent[], seconds = 10): AlertEvent[] {
  const alerts = new AlertWatch(new EnvironmentEvents("care"));
  for (const event of events) alerts.note(event);
  return Array.from({ length: seconds }, (_, i) => alerts.step(wallMs(T0 + 1000 * i))).flat();
}

describe("an alert", () => {
  it("is raised when somebody has been down for five seconds, with where and by what", () => {
    const [alert, ...others] = raised([fall("suspected"), fall("confirmed")]);
    expect(others).toEqual([]);
    expect(AlertEvent.parse(alert)).toMatchObject({
      ...{ rule: "fall", severity: "high", message: "Somebody has fallen and has not got up", wallMs: T0 + 5_000 },
      ...{ environment: "care", camera: "ward", person: 3, track: 7, confidence: 0.9, place, simulated: true },
      ...{ cause: "fall confirmed", model: "movenet" },
    });
  });

  it("is not raised for a fall that is only suspected, or over", () => {
    expect(raised([fall("suspected")])).toEqual([]);
    expect(raised([fall("confirmed"), fall("recovered")])).toEqual([]);
  });

  it("is raised at once when somebody has not moved for long", () => {
    expect(raised([inactivity("began")], 1)).toMatchObject([
      { rule: "inactivity", severity: "medium", message: "Somebody has not moved for 5 minutes", confidence: 1 },
    ]);
    expect(raised([inactivity("began"), inactivity("ended")])).toEqual([]);
  });
});
