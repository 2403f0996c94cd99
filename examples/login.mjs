// With a user's name and password instead of a key; the token is renewed by itself. Says how the connection is.
// node examples/login.mjs [address] [user] [password]
import { connect, login } from "@sensorium/client";

const [url = "http://localhost:8000", username = "admin", password = ""] = process.argv.slice(2);
const { getToken } = await login(url, { username, password });
const client = connect(url, { getToken, clientId: "desk" });

void (async () => {
  for await (const { data } of client.poses()) console.log(`${data.persons.length} people`);
})();
for await (const notice of client.notices()) {
  if (notice.type === "connection_status") console.log(`connected as ${notice.data.client_id}`);
  if (notice.type === "error") console.log(notice.data.message, notice.data.details);
}
