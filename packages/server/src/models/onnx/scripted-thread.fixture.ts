/** An inference thread that follows the class index it is asked for: 0 answers, 1 dies, 2 never answers. */
import { parentPort } from "node:worker_threads";
import { noDetections } from "@sensorium/protocol";
import type { FromInference, ToInference } from "./messages.ts";

const post = (message: FromInference): void => parentPort?.postMessage(message);

parentPort?.on("message", (message: ToInference) => {
  if (message.type === "shutdown") parentPort?.close();
  if (message.type === "load") post({ call: message.call, reply: { type: "loaded" } });
  if (message.type === "unload") post({ call: message.call, reply: { type: "unloaded" } });
  if (message.type !== "run") return;
  const [wanted] = message.request.classes;
  if (wanted === 1) throw new Error("out of memory");
  const detections = noDetections();
  const answer = { task: "detect", result: detections, inferenceMs: 1, decodeMs: 0 } as const;
  if (wanted === 0) post({ call: message.call, reply: { type: "answer", answer } });
});
