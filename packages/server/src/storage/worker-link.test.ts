import { expect, test } from "vitest";
import { WorkerLink } from "./worker-link.ts";

const ready = `port.postMessage({ kind: "ready", epoch: "e", lastOffset: 0 });`;

/** A link to a worker that runs `body`, where `port` is its end of the line. */
function linkTo(body: string): WorkerLink {
  const source = `import { parentPort as port } from "node:worker_threads"; ${body}`;
  const script = new URL(`data:text/javascript,${encodeURIComponent(source)}`);
  return new WorkerLink({ script, workerData: {}, onNotice: () => undefined });
}

test.each([
  ["throws", `throw new Error("out of memory")`, "the store's worker crashed: out of memory"],
  ["exits", "process.exit(3)", "the store's worker exited with code 3"],
])("when the worker %s every caller hears of it at once, later ones too", async (_, fate, message) => {
  const link = linkTo(`let calls = 0; port.on("message", () => { if (++calls === 3) { ${fate} } }); ${ready}`);
  await link.ready;
  const calls = [1, 2, 3].map((sinceMs) => link.call("counts", { camera: "entrance", sinceMs }));
  for (const outcome of await Promise.allSettled(calls)) {
    expect(outcome).toMatchObject({ status: "rejected", reason: { code: "worker-lost", message } });
  }
  expect(await link.exited).toMatchObject({ code: "worker-lost", message });
  await expect(link.call("counts", { camera: "entrance", sinceMs: 0 })).rejects.toMatchObject({ code: "worker-lost" });
  await link.close();
});

test("a worker that dies before it is ready says so to whoever opens it", async () => {
  const link = linkTo(`throw new Error("no such module")`);
  await expect(link.ready).rejects.toMatchObject({
    code: "worker-lost",
    message: expect.stringContaining("no such module"),
  });
});
