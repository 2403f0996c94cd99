import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

// The tests start this project's programs by the hundred: what is compiled for one is kept for the others.
process.env.NODE_COMPILE_CACHE ??= fileURLToPath(new URL("node_modules/.cache/sensorium/compiled", import.meta.url));

export default defineConfig({
  test: {
    include: ["packages/*/src/**/*.test.ts", "apps/*/src/**/*.test.ts", "test/**/*.test.ts"],
    globalSetup: "packages/testkit/src/prepared-models.ts",
    testTimeout: 30_000,
    // One less than there are cores, as is usual, leaves a machine of two idle while a test waits.
    maxWorkers: "100%",
  },
});
