import { afterAll, expect, it } from "vitest";
import { Bench, failureOf, watchSource } from "./captures.ts";

const bench = new Bench();
afterAll(() => bench[Symbol.asyncDispose]());

// No machine that runs tests has a camera to rely on: only what is not one can be tried.
it.skipIf(process.platform !== "linux").each([
  ["97", "source-unreachable", "there is no camera webcam:97"],
  ["/dev/null", "source-invalid", "webcam:/dev/null is not a camera"],
])("the webcam %s is refused, with the reason, and may be tried again", async (device, code, message) => {
  await using capture = watchSource(bench.pool, { kind: "webcam", device }).capture;
  expect(await failureOf(capture)).toMatchObject({ code, message, retryable: true });
});
