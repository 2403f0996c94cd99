// Thirty frames a second in MessagePack, without velocities; says now and then how it goes.
// node examples/messagepack.mjs [address] [token]
import { connect } from "@sensorium/client";

const [url = "http://localhost:8000", token] = process.argv.slice(2);
const client = connect(url, { token, encoding: "msgpack" });

const poses = client.poses({ maxFps: 30, velocity: false });
let frames = 0;
let since = performance.now();
for await (const { metadata } of poses) {
  if (++frames < 60) continue;
  const rate = (1000 * frames) / (performance.now() - since);
  const age = Date.now() - Date.parse(metadata.times.captured);
  console.log(`${Math.round(rate)} frames a second, ${age} ms old, ${poses.dropped} dropped`);
  frames = 0;
  since = performance.now();
}
