import { describe, expect, it } from "vitest";
import { type Config, composeConfig } from "./config.ts";
import { diffConfig } from "./diff.ts";

const configOf = (text: string): Config => composeConfig({ environment: {}, file: { path: "sensorium.yaml", text } });

const before = configOf(`
cameras:
  door: {source: 'rtsp://h/door', lines: {main: '0,0,1,1'}}
  yard: {source: 'rtsp://h/yard'}
`);

describe("the difference between two configurations", () => {
  it("is none for the same said differently", () => {
    const after = configOf(`
# The same.
server: {port: 8000}
cameras:
  door:
    source: {kind: rtsp, url: 'rtsp://h/door'}
    lines: {main: {from: [0, 0], to: [1, 1]}}
  yard:
    source: rtsp://h/yard
    enabled: true
`);
    expect(diffConfig(before, after)).toEqual({ added: [], removed: [], changed: [], restartNeeded: [] });
  });

  it("names cameras that came, went and changed, and in what", () => {
    const after = configOf(`
cameras:
  door: {source: 'rtsp://h/door', lines: {main: '0,0,1,0.9'}, name: Door}
  cellar: {source: 'rtsp://h/cellar'}
  yard: {source: 'rtsp://h/yard', enabled: false}
`);
    const { added, removed, changed, restartNeeded } = diffConfig(before, after);
    expect(added.map(({ id }) => id)).toEqual(["cellar"]);
    expect(removed.map(({ id }) => id)).toEqual(["yard"]);
    expect(changed.map(({ after: { id }, keys }) => [id, keys])).toEqual([["door", ["name", "lines"]]]);
    expect(restartNeeded).toEqual([]);
  });

  it("shows defaults in the cameras that take them", () => {
    const after = configOf(`
defaults: {motionGate: false}
cameras:
  door: {source: 'rtsp://h/door', lines: {main: '0,0,1,1'}, motionGate: true}
  yard: {source: 'rtsp://h/yard'}
`);
    expect(diffConfig(before, after).changed.map(({ after: { id }, keys }) => [id, keys])).toEqual([
      ["yard", ["motionGate"]],
    ]);
  });

  it("names settings that are read at the start only", () => {
    const after = configOf(`
server: {port: 8001, tls: true}
counter: {streamQuality: 50}
store: {retention: {events: 30 days}}
reset: {time: '04:00'}
cameras:
  door: {source: 'rtsp://h/door', lines: {main: '0,0,1,1'}}
  yard: {source: 'rtsp://h/yard'}
`);
    expect(diffConfig(before, after).restartNeeded).toEqual([
      "server.port",
      "server.tls",
      "counter.streamQuality",
      "store.retention.events",
      "reset.time",
    ]);
  });
});
