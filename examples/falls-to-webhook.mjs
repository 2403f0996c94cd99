// Every fall as a message to a phone: any service that takes a POST, such as ntfy.
// node examples/falls-to-webhook.mjs [address] [token] [webhook]
import { connect } from "@sensorium/client";

const [url = "http://localhost:8000", token, webhook] = process.argv.slice(2);
const client = connect(url, { token });

const falls = client.events({ types: ["activity_event"], activities: ["fall_detected", "fall_recovered"] });
for await (const event of falls) {
  if (event.type === "gap") await tell("Falls may have been missed: look after everybody");
  else if (event.data.event_type === "fall_detected") await tell(`Person ${event.data.person_id} has fallen`);
  else await tell(`Person ${event.data.person_id} is up again`);
}

async function tell(sentence) {
  console.log(sentence);
  if (webhook) await fetch(webhook, { method: "POST", body: sentence });
}
