import { pose, system } from "@sensorium/protocol/rest";
import { ServerProcess, temporaryFolder } from "@sensorium/testkit";
import { expect, it } from "vitest";
import type { z } from "zod";

it("sensing is stopped and started over REST, and people are found again as before", { timeout: 60_000 }, async () => {
  await using home = await temporaryFolder();
  await using server = await ServerProcess.start(["simulated:4", "--home", home.path], { SENSORIUM_LOG: "error" });
  const ask = async (what: string, body?: object) => {
    const [method = "", path = ""] = what.split(" ");
    const headers = { ...server.headers, ...(body && { "content-type": "application/json" }) };
    const url = `http://127.0.0.1:${server.port}/api/v1${path}`;
    const reply = await fetch(url, { method, headers, ...(body && { body: JSON.stringify(body) }) });
    return { status: reply.status, ...((await reply.json()) as { readonly data: unknown }) };
  };
  const as = async <T>(schema: z.ZodType<T>, what: string): Promise<T> => schema.parse((await ask(what)).data);
  const latest = () => as(pose.LatestPoses, "GET /pose/latest");
  const before = await latest();
  const stopped = await as(system.StopResult, "POST /system/stop");
  expect((await ask("GET /pose/latest")).status).toBe(503);
  expect(await as(system.SystemStatus, "GET /system/status")).toMatchObject({
    ...{ status: "stopped", session_id: stopped.session_id },
    components: { cameras: { status: "offline" } },
  });
  const started = await as(system.StartResult, "POST /system/start");
  expect(started.session_id).not.toBe(stopped.session_id);
  const after = await latest();
  expect(Date.parse(after.timestamp)).toBeGreaterThan(Date.parse(before.timestamp));
  expect(after.metadata).toMatchObject({ frame_size: before.metadata.frame_size });
  const refused = await ask("PUT /config", { domain: "retail" });
  expect(refused).toMatchObject({ status: 409, error: { message: expect.stringContaining("configuration file") } });
});
