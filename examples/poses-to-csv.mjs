// Where everybody stood, as a table for other programs.
// node examples/poses-to-csv.mjs [address] [token] [from] [to] > table.csv
// Without times, of the last hour.
import { connect } from "@sensorium/client";

const hourAgo = new Date(Date.now() - 3_600_000).toISOString();
const [url = "http://localhost:8000", token, start_time = hourAgo, end_time = new Date().toISOString()] =
  process.argv.slice(2);
const { api } = connect(url, { token });

console.log("time,camera,person,x,y");
for await (const seen of api.pages("/pose/history", { query: { start_time, end_time } })) {
  const { x, y, width, height } = seen.bounding_box;
  console.log([seen.timestamp, seen.camera_id, seen.person_id, x + width / 2, y + height].join());
}
