// How many people are in a zone, whenever that changes.
// node examples/zone-occupancy.mjs [address] [token] [zone]
import { connect } from "@sensorium/client";

const [url = "http://localhost:8000", token, zone = "queue"] = process.argv.slice(2);
const client = connect(url, { token });

for await (const event of client.events({ types: ["occupancy_update"], zones: [zone] })) {
  if (event.type === "gap") continue; // the next event says how many there are anyway
  const { current_occupancy, previous_occupancy } = event.data;
  console.log(`${zone}: ${current_occupancy} (was ${previous_occupancy})`);
}
