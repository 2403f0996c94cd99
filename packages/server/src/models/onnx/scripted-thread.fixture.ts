/** An inference thread that follows the class index it is asked for: 0 answers, 1 dies, 2 never answers. */
import { parentPort } from "node:worker_threads";
import type { FromInference, ToInference } from "./messages.ts";

const manifest = {
  name: "scripted",
  task: "detect",
  family: "yolox",
  input: {
    width: 32,
    height: 32,
    fit: "stretch",
    pad: 0,
    order: "rgb",
    mean: [0, 0, 0],
    std: [1, 1, 1],
    layout: "nchw",
  },
  classes: ["answers", "dies", "hangs"],
  thresholds: { low: 0.1, high: 0.5, start: 0.5 },
  licence: "none",
  source: "a test",
} as const;

const post = (message: FromInference): void => parentPort?.postMessage(message);

parentPort?.on("message", (message: ToInference) => {
  if (message.type === "shutdown") process.exit();
  if (message.type === "prepare") {
    const model = { key: "scripted", path: "", manifest: structuredClone(manifest) as never };
    post({ call: message.call, reply: { type: "prepared", model } });
  }
  if (message.type === "load") post({ call: message.call, reply: { type: "loaded" } });
  if (message.type !== "run") return;
  const [wanted] = message.request.classes;
  if (wanted === 1) throw new Error("out of memory");
  const detections = { count: 0, boxes: new Float32Array(), scores: new Float32Array(), classes: new Uint16Array() };
  if (wanted === 0) post({ call: message.call, reply: { type: "found", detections, inferenceMs: 1 } });
});
