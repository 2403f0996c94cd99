// Tells an environment from which confidence on somebody is tracked.
// node examples/set-confidence.mjs [address] [token of scope operate] [environment] [0..1]
import { ClientError, connect } from "@sensorium/client";

const [url = "http://localhost:8000", token, environment_id, confidence = "0.5"] = process.argv.slice(2);
const { api } = connect(url, { token });

const body = { environment_id, detection: { confidence_threshold: Number(confidence) } };
try {
  const { updated_fields } = await api.put("/config", { body });
  console.log(`changed: ${updated_fields.join() || "nothing"}`);
} catch (error) {
  if (!(error instanceof ClientError)) throw error;
  console.log(error.message, error.refusal?.code, error.refusal?.details?.field);
}
