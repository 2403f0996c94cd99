// Draws everybody's keypoints on a page. Built by any bundler: npx vite build examples/browser
// The page's address may say where the server is, and a token: ?server=http://localhost:8000#token=…
import { connect } from "@sensorium/client";

const server = new URLSearchParams(location.search).get("server") ?? location.origin;
const token = new URLSearchParams(location.hash.slice(1)).get("token") ?? undefined;
const canvas = document.querySelector("#picture");
const brush = canvas.getContext("2d");
const people = document.querySelector("#people");

for await (const { data } of connect(server, { token }).poses({ maxFps: 25 })) {
  const { width, height } = data.metadata.frame_size ?? canvas;
  brush.reset();
  brush.scale(canvas.width / width, canvas.height / height);
  brush.fillStyle = "#4ade80";
  for (const { keypoints = [] } of data.persons) {
    for (const { x, y, visible } of keypoints) if (visible) brush.fillRect(x - 2, y - 2, 4, 4);
  }
  people.textContent = `${data.persons.length} in ${data.environment_id}`;
}
