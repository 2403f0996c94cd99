import { expect, it } from "vitest";
import { type Config, composeConfig } from "./config.ts";
import { restartNeeded } from "./diff.ts";

const configOf = (text: string): Config => composeConfig({ environment: {}, file: { path: "sensorium.yaml", text } });

const before = configOf("cameras: {door: {source: 'rtsp://h/door'}}");

it("settings that are read at the start only are named when they differ", () => {
  const after = configOf(`
server: {port: 8001, tls: true}
counter: {streamQuality: 50}
reset: {time: '04:00'}
cameras: {door: {source: 'rtsp://h/door'}}
`);
  const settings = ["server.port", "server.tls", "counter.streamQuality", "reset.time"];
  expect(restartNeeded(before, after)).toEqual(settings);
});

it("cameras, retention and which camera the counter serves change while the server runs", () => {
  const after = configOf(`
# The same settings, said differently.
server: {port: 8000}
counter: {camera: yard}
store: {retention: {events: 30 days}}
cameras: {yard: {source: 'rtsp://h/yard'}}
`);
  expect(restartNeeded(before, after)).toEqual([]);
});
