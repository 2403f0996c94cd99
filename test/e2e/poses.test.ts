import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { COCO_KEYPOINTS } from "@sensorium/protocol";
import { hasSharedData, Listener, ServerProcess, sharedData, temporaryHome, watchPage } from "@sensorium/testkit";
import { expect, it } from "vitest";

interface Tracks {
  readonly ids: readonly number[];
  readonly boxes: readonly number[];
  readonly keypoints: readonly number[] | null;
}

interface PoseData {
  readonly persons: readonly { readonly person_id: number; readonly keypoints: readonly { readonly name: string }[] }[];
}

/** Who is too far away to be looked at closely has none. */
const posedIn = ({ persons }: PoseData) => persons.filter(({ keypoints }) => keypoints);

type Joint = (typeof COCO_KEYPOINTS)[number];

/** The mean height of two joints of each track, where both are seen. */
function heightsOf({ ids, keypoints }: Tracks, joints: readonly [Joint, Joint]): (number | undefined)[] {
  return ids.map((_, i) => {
    const points = joints.map((joint) => 3 * (17 * i + COCO_KEYPOINTS.indexOf(joint)));
    if (points.some((at) => (keypoints?.[at + 2] ?? 0) < 0.3)) return undefined;
    return points.reduce((sum, at) => sum + (keypoints?.[at + 1] ?? 0), 0) / 2;
  });
}

it.runIf(hasSharedData)(
  "a camera with a pose model shows everybody's skeleton, upright and in his box, to all who ask",
  {
    timeout: 60_000,
  },
  async () => {
    await using home = await temporaryHome();
    const path = join(home.path, "sensorium.yaml");
    await writeFile(
      path,
      `models: {default: ${JSON.stringify(sharedData("models/detect/yolox_nano.onnx"))}}
cameras:
  square: {source: {kind: file, path: ${JSON.stringify(sharedData("video/dance.mp4"))}}, pose: movenet-lightning}
`,
    );
    await using server = await ServerProcess.start(["--config", path, "--home", home.path], { SENSORIUM_LOG: "error" });
    using client = await Listener.connect(`ws://127.0.0.1:${server.port}/ws/v1`, server.headers);
    const filters = { environment_id: "default", min_confidence: 0.5 };
    client.send({ type: "subscribe", data: { subscriptions: [{ event_type: "pose_data", filters }] } });
    const { data } = (await client.find(
      ({ type, data: sent }) => type === "pose_data" && posedIn(sent as PoseData).length > 2,
    )) as unknown as { data: PoseData };
    for (const person of posedIn(data)) {
      expect(person.keypoints).toHaveLength(17);
      expect(person.keypoints[0]).toMatchObject({ name: "nose" });
      expect(person.person_id).toBeGreaterThan(0);
    }
    using page = await watchPage(server, { pictures: false });
    await page.until(() => page.of("tracks").length > 10);
    const frames = page.of("tracks") as unknown as Tracks[];
    let upright = 0;
    let inside = 0;
    let seen = 0;
    for (const frame of frames) {
      const shoulders = heightsOf(frame, ["left_shoulder", "right_shoulder"]);
      const hips = heightsOf(frame, ["left_hip", "right_hip"]);
      frame.ids.forEach((_, i) => {
        const [shoulder, hip] = [shoulders[i], hips[i]];
        if (shoulder === undefined || hip === undefined) return;
        seen++;
        const [, top = 0, , bottom = 0] = frame.boxes.slice(4 * i, 4 * i + 4);
        if (shoulder < hip) upright++;
        if (shoulder > top && hip < bottom) inside++;
      });
    }
    expect(seen).toBeGreaterThan(30);
    expect(upright / seen).toBeGreaterThan(0.95);
    expect(inside / seen).toBeGreaterThan(0.9);
  },
);
