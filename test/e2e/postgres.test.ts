import { hasSharedData, PostgresServer, ServerProcess, sharedData, temporaryHome, watchPage } from "@sensorium/testkit";
import pg from "pg";
import { expect, it } from "vitest";

it.runIf(hasSharedData)(
  "every crossing a client was told of arrives in PostgreSQL, which was down at first",
  { timeout: 90_000 },
  async () => {
    await using home = await temporaryHome();
    await using database = await PostgresServer.launch();
    const url = await database.createDatabase();
    await database.kill();
    const video = sharedData("video/people-walking.mp4");
    const model = ["--model", sharedData("models/detect/yolox_nano.onnx")];
    await using server = await ServerProcess.start([video, "--line", "0.5,0,0.5,1", ...model, "--home", home.path], {
      DATABASE_URL: url,
    });
    using page = await watchPage(server, { pictures: false });
    const told = () =>
      page
        .of("event")
        .map(({ event }) => event as { type: string; id: string })
        .filter(({ type }) => type === "crossing")
        .map(({ id }) => id);
    await page.until(() => told().length >= 2);
    await database.start();
    await page.until(() => page.of("event").some(({ event }) => (event as { state?: string }).state === "offline"));
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    try {
      const arrived = async () =>
        (await client.query<{ id: string }>("select id from crossings")).rows.map(({ id }) => id);
      let ids: string[] = [];
      // The log's follower reconnects by its own backoff; the test's timeout bounds the wait.
      while (!told().every((id) => ids.includes(id))) {
        ids = await arrived().catch(() => []);
        await new Promise((resolve) => setImmediate(resolve));
      }
      expect(ids.toSorted()).toEqual(told().toSorted());
    } finally {
      await client.end();
    }
    expect(server.log).not.toContain(new URL(url).password || "no password");
  },
);
