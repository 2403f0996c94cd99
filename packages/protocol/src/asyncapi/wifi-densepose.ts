import { golden } from "../wifi-densepose/v1/golden.ts";
import * as wire from "../wifi-densepose/v1/schema.ts";
import type { DescribedMessage, Protocol } from "./document.ts";

const RECEIVED: Readonly<Record<wire.ClientMessageType, string>> = {
  subscribe: "Adds subscriptions; answered with errors for what cannot be had, then with an ack.",
  unsubscribe: "Ends subscriptions; answered with an ack.",
  update_subscription: "Changes a subscription; what is left out stays, null clears.",
  heartbeat: "Keeps the connection alive.",
  connection_status: "Asks for the same.",
  disconnect: "Says goodbye; answered with the same, and a close.",
  auth: "Shows a credential: the first one, or a fresh one in time.",
};

const SENT: Readonly<Record<wire.ServerMessage["type"], string>> = {
  pose_data: "The people of one frame.",
  pose_data_trajectory: "Where a person was, and is likely to be next.",
  tracking_update: "A track began, went on, was lost, was found again or ended.",
  system_event: "The system changed its state.",
  hardware_event: "A camera or router came or went.",
  activity_event: "Something happened to a person.",
  occupancy_update: "How many people there are has changed.",
  performance_update: "How the system performs.",
  config_update: "Somebody changed the configuration.",
  analytics_stream: "Figures of a window of time, and how they compare with those before.",
  ack: "What a client's message came to, and all of its subscriptions.",
  error: "Something cannot be done.",
  heartbeat: "The server is still there, and how far events have come.",
  connection_status: "How the connection is: first of all, and when asked.",
  disconnect: "The server is about to close the connection.",
  token_expired: "The credential has ended; the connection is closed next.",
};

const described = (
  options: readonly { readonly shape: { readonly type: { readonly value: string } } }[],
  summaries: Readonly<Record<string, string>>,
): DescribedMessage[] =>
  options.map((option) => {
    const name = option.shape.type.value;
    return { name, summary: summaries[name] ?? "", schema: option as unknown as DescribedMessage["schema"] };
  });

const { subscriptions, heartbeat, general } = wire.MESSAGE_LIMITS;
const { low, high } = wire.POSE_LIMITS;

const SOCKET = `
Subprotocol \`${wire.SUBPROTOCOL}\`, or none. A token may also stand in the list of subprotocols, as \`bearer.<token>\`, or
in an \`auth\` message within ${wire.AUTH_WITHIN_MS / 1000} seconds.

**Limits.** \`subscribe\` and \`unsubscribe\`: ${subscriptions.limit} a minute; \`heartbeat\`: ${heartbeat.limit} in 30 seconds;
everything else: ${general.limit} a minute. Messages are up to ${wire.MAX_TEXT_BYTES / 1024} KiB long. A connection has up to
${wire.MAX_SUBSCRIPTIONS} subscriptions; ${wire.MAX_PER_ADDRESS} connections come from one address, ${wire.MAX_PER_ACCOUNT} from one account.
Poses of low quality: at most ${low.maxFps} frames a second, ${low.bufferSize} may wait; of high quality: ${high.maxFps}, and ${high.bufferSize}.

**Close codes.**

| code | meaning | reconnect |
| --- | --- | --- |
${Object.entries(wire.CLOSE)
  .map(([name, { code, reason, reconnect }]) => `| ${code} | ${reason || name} | ${reconnect} |`)
  .join("\n")}
`.trim();

/** Poses, events and figures of environments, live. */
export const wifiDensepose: Protocol = {
  title: "Streaming API",
  version: "1.0.0",
  description:
    "Poses, events and figures of environments (a room, a ward, a shop), live. A message is one JSON object in a text " +
    "message, or packed by gzip or deflate in a binary one where that was asked for.",
  host: "localhost:8000",
  address: wire.PATH,
  socket: SOCKET,
  query: wire.ConnectQuery,
  received: described(wire.ClientMessage.options, RECEIVED),
  sent: described(wire.ServerMessage.options, SENT),
  golden,
  sides: { client: "client", server: "server" },
};
