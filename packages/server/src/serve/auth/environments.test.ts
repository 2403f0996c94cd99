import { readFileSync } from "node:fs";
import { API_PATH, type Endpoint, endpoints } from "@sensorium/protocol/rest";
import { live, wifiDensepose } from "@sensorium/protocol/wire";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { activityChanged, alert, analytics, fall, occupancyChange, pose } from "../../storage/events.fixture.ts";
import { ApiFixture } from "../testing/api.fixture.ts";
import { poseFrame } from "../testing/scripted-sensing.ts";
import { subscribe } from "../testing/streaming.fixture.ts";
import { TestClient } from "../testing/test-client.ts";

/** Something to ask for, by its names. */
interface Target {
  readonly environment_id: string;
  readonly id: string;
  readonly track_id: string;
  readonly event_id: string;
}

const fallen = fall({ environment: "ward_2", camera: "bed" });
const hidden: Target = { environment_id: "ward_2", id: "bed", track_id: "4242", event_id: fallen.id };
const absent: Target = { environment_id: "ward_9", id: "nook", track_id: "9999", event_id: crypto.randomUUID() };
const names = new RegExp(Object.values(hidden).join("|"));

let rest: ApiFixture;
/** Of a user who may decide everything, in the room only; it says that they may everywhere. */
let token: string;

beforeAll(async () => {
  rest = await ApiFixture.open();
  const { access, clock, history, happened } = rest.parts;
  const sub = await access.user({ scopes: ["admin"], environments: ["room_001"] });
  token = await access.token({ claims: { sub } });
  const ward = { environment: "ward_2", wallMs: clock.now() - 10_000 };
  await history.addPoses([pose({ ...ward, camera: "bed", person: 1, track: 4242 })]);
  const span = { startMs: clock.now() - 60_000, endMs: clock.now() };
  await happened(
    { ...fallen, wallMs: ward.wallMs },
    ...[
      alert(ward),
      activityChanged({ ...ward, camera: "bed" }),
      occupancyChange(ward),
      analytics({ ...ward, ...span }),
    ],
  );
});
afterAll(() => rest[Symbol.asyncDispose]());

const guarded: readonly Endpoint[] = Object.values<Endpoint>(endpoints).filter(({ needs }) => needs !== "nothing");
const parametersOf = ({ query }: Endpoint): readonly string[] =>
  query && "shape" in query ? Object.keys(query.shape as object) : [];

interface Asked {
  readonly target?: Target;
  readonly as?: string;
}

interface Answered {
  readonly status: number;
  readonly body: object;
}

/** A request as an endpoint takes it: for a target, or for what there is where none is named. */
async function ask(endpoint: Endpoint, { target, as = token }: Asked = {}): Promise<Answered> {
  const { method, path, body, example } = endpoint;
  const now = rest.parts.clock.now();
  const times = { start_time: new Date(now - 60_000).toISOString(), end_time: new Date(now).toISOString() };
  const given: Record<string, string> = { ...times, ...target, spot: "mat" };
  const query = parametersOf(endpoint).flatMap((name) => (given[name] ? [[name, given[name]]] : []));
  const address = path.replaceAll(/\{(\w+)\}/g, (_, name: string) => given[name] ?? "none");
  const sent = JSON.stringify(example ?? {}).replaceAll("room_001", target?.environment_id ?? "room_001");
  const reply = await fetch(
    `http://127.0.0.1:${rest.parts.server.port}${API_PATH}${address}?${new URLSearchParams(query)}`,
    {
      method,
      headers: { authorization: `Bearer ${as}`, ...(body && { "content-type": "application/json" }) },
      ...(body && { body: sent }),
    },
  );
  const { timestamp: _, request_id: __, ...said } = await reply.json();
  return { status: reply.status, body: said };
}

const isAimed = (endpoint: Endpoint): boolean =>
  endpoint.params !== undefined || parametersOf(endpoint).includes("environment_id");
const named = ({ method, path }: Endpoint): string => `${method} ${path}`;

it("there is something to hide: whoever may see everything is told of it", async () => {
  const as = await rest.parts.access.token();
  const { cameras, poseHistory, tracking, events, settings, systemStatus } = endpoints;
  for (const endpoint of [cameras, poseHistory, tracking, events, settings, systemStatus] as readonly Endpoint[]) {
    const { status, body } = await ask(endpoint, { target: hidden, as });
    expect([named(endpoint), status, JSON.stringify(body)]).toEqual([
      named(endpoint),
      200,
      expect.stringMatching(names),
    ]);
  }
});

/** What the configuration file says of the other camera. */
const bedIn = (path: string): string | undefined => /^ +bed:.*$/m.exec(readFileSync(path, "utf8"))?.[0];

describe("somebody of one environment", () => {
  it("is answered about every other one as if there were none", async () => {
    const aimed = guarded.filter(isAimed);
    expect(aimed.length).toBeGreaterThan(20);
    for (const endpoint of aimed) {
      const [of, none] = [await ask(endpoint, { target: hidden }), await ask(endpoint, { target: absent })];
      const text = JSON.stringify(of.body);
      const same = Object.entries(hidden).reduce(
        (so, [name, value]) => so.replaceAll(value, absent[name as keyof Target]),
        text,
      );
      expect([named(endpoint), of.status, same]).toEqual([named(endpoint), none.status, JSON.stringify(none.body)]);
    }
  });

  it("is told of no other one where none is named, and changes none", async () => {
    const { sensing, running, path } = rest.parts;
    const before = bedIn(path);
    void sensing.until((all) => all.readers() === 1).then(() => sensing.show(poseFrame()));
    for (const endpoint of guarded.filter(({ params }) => params === undefined)) {
      const { body } = await ask(endpoint);
      expect([named(endpoint), JSON.stringify(body)]).toEqual([named(endpoint), expect.not.stringMatching(names)]);
    }
    expect(running).toContain("ward_2");
    expect(bedIn(path)).toEqual(before);
  });

  it("hears of no other one on any socket, whether it is asked for or not", async () => {
    const { server } = rest.parts;
    const own = server.sockets.filter(({ needs }) => typeof needs === "object" && "environments" in needs);
    expect(own.map(({ path }) => path).sort()).toEqual(Object.keys(talks).sort());
    for (const { path } of own) {
      const heard: string[] = [];
      await using client = await TestClient.connect(`ws://127.0.0.1:${server.port}${path}?token=${token}`);
      client.socket.on("message", (data) => heard.push(String(data)));
      await talks[path]?.(client);
      expect([path, heard]).not.toEqual([path, []]);
      for (const message of heard) expect([path, message]).toEqual([path, expect.not.stringMatching(names)]);
    }
  });
});

/** What a client says on each socket that shows environments, until it has heard everything there is. */
const talks: Readonly<Record<string, (client: TestClient) => Promise<void>>> = {
  async [live.PATH](client) {
    client.send({ type: "watch", camera: "door", pictures: false });
    await client.next("status");
  },
  async [wifiDensepose.PATH](client) {
    const filters = { environment_id: "ward_2" };
    client.send({ type: "subscribe", data: { subscriptions: [{ event_type: "pose_data", filters }] } });
    expect(await client.next("error")).toMatchObject({ data: { error_code: "SUBSCRIPTION_ERROR" } });
    await client.next("ack");
    await subscribe(client, [{ event_type: "pose_data" }, { event_type: "activity_event" }]);
    const { sensing } = rest.parts;
    sensing.show(poseFrame({ source: { ...poseFrame().source, id: "bed" } }), "ward_2");
    sensing.show(poseFrame());
    await client.next("pose_data");
  },
};
