// Every event exactly once, even if this program is stopped for a while: the position is kept in a file.
// node examples/resume.mjs [address] [token] [file]
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { connect } from "@sensorium/client";

const [url = "http://localhost:8000", token, file = "position.json"] = process.argv.slice(2);
const client = connect(url, { token });

const after = existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : undefined;
const events = client.events({ types: ["activity_event"], after });
for await (const event of events) {
  console.log(event.type === "gap" ? "events may be missing" : `${event.timestamp} ${event.data.event_type}`);
  writeFileSync(file, JSON.stringify(events.positions)); // after what is done with it, so that nothing is left out
}
