// Who is there and what they do, as often as it is looked at.
// node examples/watch-poses.mjs [address] [token]
import { connect } from "@sensorium/client";

const [url = "http://localhost:8000", token] = process.argv.slice(2);
const client = connect(url, { token });

for await (const { data } of client.poses({ minConfidence: 0.5, maxFps: 5 })) {
  const people = data.persons.map(({ person_id, activity }) => `${person_id} ${activity.type}`);
  console.log(`${data.environment_id}: ${people.join(", ") || "nobody"}`);
}
