/** A program to begin with. */
export interface Snippet {
  readonly title: string;
  /** What it needs, in one sentence. */
  readonly needs: string;
  readonly code: string;
}

const KEY = "sensorium_key_…";

/** Programs that connect to the server at `origin`, whose streaming API is at `socket`. */
export const snippetsFor = (origin: string, socket: string): readonly Snippet[] => [
  {
    title: "JavaScript, with the SDK",
    needs: "@sensorium/client, in a browser or in Node 22 or newer. It reconnects and recovers by itself.",
    code: `import { connect } from "@sensorium/client";

const client = connect("${origin}", { token: "${KEY}" });
const falls = client.events({ types: ["activity_event"], activities: ["fall_detected", "fall_recovered"] });
for await (const event of falls) {
  if (event.type === "gap") console.warn("Falls may have been missed: look after everybody");
  else console.log(event.data.event_type, "of person", event.data.person_id);
}`,
  },
  {
    title: "JavaScript, with nothing",
    needs: "A browser, or Node 22 or newer, as it stands.",
    code: `const socket = new WebSocket("${socket}", ["wifi-densepose-v1", "bearer.${KEY}"]);
socket.onopen = () =>
  socket.send(
    JSON.stringify({
      type: "subscribe",
      data: {
        subscriptions: [
          { event_type: "pose_data", filters: { min_confidence: 0.5 }, throttle: { max_fps: 5 } },
          { event_type: "activity_event" },
        ],
      },
    }),
  );
socket.onmessage = ({ data }) => console.log(JSON.parse(data));`,
  },
  {
    title: "Python",
    needs: "The websockets package, 10 or newer.",
    code: `import asyncio, json, websockets

async def main():
    async with websockets.connect("${socket}?token=${KEY}") as socket:
        subscriptions = [{"event_type": "activity_event"}, {"event_type": "occupancy_update"}]
        await socket.send(json.dumps({"type": "subscribe", "data": {"subscriptions": subscriptions}}))
        async for message in socket:
            print(json.loads(message))

asyncio.run(main())`,
  },
  {
    title: "REST, with curl",
    needs: "What happened in the last day, newest first.",
    code: `curl -H "Authorization: Bearer ${KEY}" "${origin}/api/v1/analytics/events?per_page=20"`,
  },
];
