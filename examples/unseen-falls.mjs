// Falls of the last day that nobody has seen to: says where they were, and that you see to them.
// node examples/unseen-falls.mjs [address] [token of scope operate]
import { connect } from "@sensorium/client";

const [url = "http://localhost:8000", token] = process.argv.slice(2);
const { api } = connect(url, { token });

const query = { event_type: "fall", severity: "high", end_time: new Date().toISOString() };
for await (const { event_id, acknowledged, timestamp, environment_id } of api.pages("/analytics/events", { query })) {
  if (acknowledged) continue;
  await api.post("/analytics/events/{event_id}/acknowledge", { params: { event_id } });
  console.log(`${timestamp} in ${environment_id}`);
}
