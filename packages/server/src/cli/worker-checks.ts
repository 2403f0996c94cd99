import { detectorWorker } from "@sensorium/protocol/wire";
import type { WorkerClient } from "./worker-client.ts";

/** What a worker is checked with. */
export interface CheckContext {
  readonly client: WorkerClient;
  /** Of the worker's HTTP side. */
  readonly origin: string;
  readonly token: string | undefined;
  /** A camera that delivers: `rtsp://…`, or an address of snapshots; without one, pictures are not checked. */
  readonly camera: string | undefined;
  /** A bundle; without one, results are not checked. */
  readonly model: string | undefined;
}

/** What came of a check; a sentence where there is something to say. */
export type Verdict =
  | { readonly kind: "passed"; readonly note?: string }
  | { readonly kind: "failed"; readonly why: string }
  | { readonly kind: "skipped"; readonly why: string };

/** One thing that a worker does. Optional: the original worker does otherwise, and may. */
export interface WorkerCheck {
  readonly name: string;
  readonly optional?: boolean;
  run(context: CheckContext): Promise<Verdict>;
}

type StateReport = detectorWorker.StateReportMessage;
type WorkerMessage = detectorWorker.WorkerMessage;

const ANSWER_MS = 1_500;
const REPORT_MS = detectorWorker.STATE_REPORT_MS + 1_500;
const ONLINE_MS = 20_000;
const RESULT_MS = 60_000;

const passed = (note?: string): Verdict => ({ kind: "passed", ...(note !== undefined && { note }) });
const failed = (why: string): Verdict => ({ kind: "failed", why });
const skipped = (why: string): Verdict => ({ kind: "skipped", why });

const isReport = (message: WorkerMessage): message is StateReport => message.type === "stateReport";
const isError = (message: WorkerMessage): message is detectorWorker.ErrorMessage => message.type === "error";
const isResult = (message: WorkerMessage): message is detectorWorker.ImageDetectionMessage =>
  message.type === "imageDetection";

/** Nothing is behind this address; it is there to be repeated in reports. */
const NOBODY = "rtsp://127.0.0.1:9/sensorium-check";
const DISPLAY = "sensorium-check";
const CAMERA_ID = `${DISPLAY};camera`;

const dummy = (camera: string, fields: object = {}): detectorWorker.Subscription => ({
  ...{ subscriptionIdentifier: `${DISPLAY};${camera}`, rtspUrl: NOBODY, modelId: 1, modelName: "check" },
  ...fields,
});

/** A worker that still works on what it was told before gets until its next report. */
async function reportWith(
  { client }: CheckContext,
  holds: (report: StateReport) => boolean,
  withinMs = REPORT_MS,
): Promise<StateReport | undefined> {
  client.forget();
  client.send({ type: "requestState" });
  return client.next((message): message is StateReport => isReport(message) && holds(message), withinMs);
}

const namesIn = ({ cameraConnections }: StateReport): string[] =>
  cameraConnections.map((each) => each.subscriptionIdentifier).filter((name) => name.startsWith(`${DISPLAY};`));

async function lists(context: CheckContext, ...cameras: string[]): Promise<Verdict> {
  const wanted = cameras.map((camera) => `${DISPLAY};${camera}`).sort();
  const report = await reportWith(context, (each) => String(namesIn(each).sort()) === String(wanted));
  if (report) return passed();
  return failed(`no stateReport lists ${wanted.join(" and ") || "nothing"}`);
}

async function refuses({ client }: CheckContext, message: string, identifier?: string): Promise<Verdict> {
  client.forget();
  client.send(message);
  const error = await client.next(isError, ANSWER_MS);
  if (!client.isOpen) return failed("it closed the connection");
  if (!error) return failed("it sends no error");
  if (error.subscriptionIdentifier !== identifier) return failed("its error names another subscription, or none");
  return passed(error.error);
}

const imageOf = ({ origin, token }: CheckContext, id: string): Promise<Response> =>
  fetch(new URL(`/camera/${encodeURIComponent(id)}/image`, origin), {
    headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
    signal: AbortSignal.timeout(10_000),
  });

async function hasNoImage(context: CheckContext): Promise<Verdict> {
  const reply = await imageOf(context, CAMERA_ID);
  const detail = `Camera ${CAMERA_ID} not found or not active`;
  if (reply.status !== 404) return failed(`the answer is ${reply.status}`);
  const body: unknown = await reply.json().catch(() => undefined);
  return JSON.stringify(body) === JSON.stringify({ detail }) ? passed() : failed("the body is another one");
}

const cameraOf = (camera: string, model: string | undefined): detectorWorker.Subscription => ({
  subscriptionIdentifier: CAMERA_ID,
  ...(/^https?:/i.test(camera) ? { snapshotUrl: camera, snapshotInterval: 500 } : { rtspUrl: camera }),
  ...(model !== undefined && { modelUrl: model }),
  ...{ modelId: 7, modelName: "check" },
});

/** Everything that is checked, in order: later ones go on from where earlier ones have left the worker. */
export const workerChecks: readonly WorkerCheck[] = [
  {
    name: "reports its state every 2 seconds",
    async run({ client }) {
      const first = await client.next(isReport, REPORT_MS);
      const from = performance.now();
      const second = first && (await client.next(isReport, REPORT_MS));
      if (!second) return failed(`no stateReport within ${REPORT_MS / 1000} s`);
      return passed(`the second after ${((performance.now() - from) / 1000).toFixed(1)} s`);
    },
  },
  {
    name: "answers requestState at once",
    async run({ client }) {
      await client.next(isReport, REPORT_MS);
      client.send({ type: "requestState" });
      return (await client.next(isReport, ANSWER_MS)) ? passed() : failed("no stateReport before the next one is due");
    },
  },
  {
    name: "subscribe: the subscription is in the report, word for word",
    async run(context) {
      const wanted = dummy("a", {
        snapshotUrl: "http://127.0.0.1:9/a.jpg",
        cropX1: 1,
        cropY1: 2,
        cropX2: 30,
        cropY2: 40,
      });
      context.client.send({ type: "subscribe", payload: wanted });
      const report = await reportWith(context, (each) => namesIn(each).length > 0);
      const found = report?.cameraConnections.find((each) => each.subscriptionIdentifier === `${DISPLAY};a`);
      if (!found) return failed("no stateReport lists it");
      const expected = { ...wanted, snapshotInterval: null };
      const different = Object.entries(expected).filter(([key, value]) => found[key as keyof typeof found] !== value);
      return different.length === 0
        ? passed()
        : failed(`it reports another ${different.map(([key]) => key).join(", ")}`);
    },
  },
  {
    name: "subscribe: adds one and leaves the rest",
    optional: true,
    async run(context) {
      context.client.send({ type: "subscribe", payload: dummy("b") });
      return lists(context, "a", "b");
    },
  },
  {
    name: "setSubscriptionList: ends what is missing, begins what is new",
    async run(context) {
      context.client.send({ type: "setSubscriptionList", subscriptions: [dummy("b"), dummy("c")] });
      return lists(context, "b", "c");
    },
  },
  {
    name: "unsubscribe: ends one",
    async run(context) {
      context.client.send({ type: "unsubscribe", payload: { subscriptionIdentifier: `${DISPLAY};b` } });
      return lists(context, "c");
    },
  },
  {
    name: "setSubscriptionList: an empty list ends all",
    async run(context) {
      context.client.send({ type: "setSubscriptionList", subscriptions: [] });
      return lists(context);
    },
  },
  {
    name: "a message that is not JSON is answered with an error",
    optional: true,
    run: (context) => refuses(context, "{"),
  },
  {
    name: "a message of an unknown type is answered with an error",
    optional: true,
    run: (context) => refuses(context, JSON.stringify({ type: "sensorium-check" })),
  },
  {
    name: "a subscription without a source is refused by name",
    optional: true,
    run: (context) =>
      refuses(
        context,
        JSON.stringify({ type: "subscribe", payload: { subscriptionIdentifier: CAMERA_ID } }),
        CAMERA_ID,
      ),
  },
  {
    name: "an inverted crop is refused by name",
    optional: true,
    run(context) {
      const payload = dummy("camera", { cropX1: 9, cropY1: 0, cropX2: 1, cropY2: 9 });
      return refuses(context, JSON.stringify({ type: "subscribe", payload }), CAMERA_ID);
    },
  },
  { name: "image: 404 without a subscription", run: hasNoImage },
  {
    name: "a camera comes online",
    async run(context) {
      const { camera, model, client } = context;
      if (camera === undefined) return skipped("no --camera");
      client.send({ type: "setSessionId", payload: { displayIdentifier: DISPLAY, sessionId: 4711 } });
      client.send({ type: "setSubscriptionList", subscriptions: [cameraOf(camera, model)] });
      const isOnline = (report: StateReport): boolean =>
        report.cameraConnections.some((each) => each.subscriptionIdentifier === CAMERA_ID && each.online);
      return (await reportWith(context, isOnline, ONLINE_MS)) ? passed() : failed(`not within ${ONLINE_MS / 1000} s`);
    },
  },
  {
    name: "image: the newest picture as JPEG",
    async run(context) {
      if (context.camera === undefined) return skipped("no --camera");
      const reply = await imageOf(context, CAMERA_ID);
      const bytes = new Uint8Array(await reply.arrayBuffer());
      const isJpeg = bytes[0] === 0xff && bytes[1] === 0xd8;
      if (reply.status === 200 && isJpeg && reply.headers.get("content-type")?.startsWith("image/jpeg")) {
        return passed(`${bytes.length} bytes`);
      }
      return failed(`the answer is ${reply.status}, ${reply.headers.get("content-type")}`);
    },
  },
  {
    name: "imageDetection: for every frame, with the session that was set",
    async run({ client, camera, model }) {
      if (camera === undefined || model === undefined) return skipped("no --camera and --model");
      const results = [await client.next(isResult, RESULT_MS), await client.next(isResult, RESULT_MS)];
      const [first, second] = results;
      if (!first || !second) return failed(`no two results within ${RESULT_MS / 1000} s each`);
      if (second.subscriptionIdentifier !== CAMERA_ID || second.data.modelId !== 7) return failed("of something else");
      if (second.timestamp <= first.timestamp) return failed("two results have the same time");
      return second.sessionId === 4711 ? passed(JSON.stringify(second.data.detection)) : failed("without the session");
    },
  },
  {
    name: "image: 404 after the subscription has ended",
    async run(context) {
      context.client.send({ type: "setSubscriptionList", subscriptions: [] });
      await lists(context);
      return hasNoImage(context);
    },
  },
  {
    name: "every message is one of the protocol",
    run: async ({ client: { problems } }) =>
      problems.length === 0 ? passed() : failed(`${problems.length} are not, the first because of ${problems[0]}`),
  },
];
