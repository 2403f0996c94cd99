import { SensoriumError } from "@sensorium/protocol";
import { expect, it } from "vitest";
import { conformance } from "./command.ts";

it.each([
  ["ws://127.0.0.1:1/ws/v1", /^ws:\/\/127\.0\.0\.1:1\/ws\/v1 lets nobody in: .*ECONNREFUSED/],
  ["127.0.0.1:8000", /is no address of a WebSocket server, such as/],
  ["http://127.0.0.1:8000/ws/v1", /is no address of a WebSocket server, such as/],
])("%s, where there is no server, is said in one sentence", async (url, sentence) => {
  const run = conformance(url, { quick: true });
  await expect(run).rejects.toThrow(sentence);
  await expect(run).rejects.toBeInstanceOf(SensoriumError);
});
