/** Opens four addresses that never answer and one video beside them; prints how many frames that gave. */
import { CapturePool } from "../../packages/server/src/capture/pool.ts";
import { file, rtsp, take, watchSource } from "./captures.ts";

const [port, clip = ""] = process.argv.slice(2);
await using pool = new CapturePool(2);
const hung = Array.from({ length: 4 }, () => watchSource(pool, rtsp(`rtsp://127.0.0.1:${port}/door`)).capture);
await using good = watchSource(pool, file(clip)).capture;
const frames = await take(good);
const failed = await Promise.race([...hung.map(({ ended }) => ended), undefined]);
process.stdout.write(JSON.stringify({ frames: frames.length, hungStillOpening: failed === undefined }));
