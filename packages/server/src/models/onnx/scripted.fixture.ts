import { silentLog } from "../../observe/log.ts";
import type { ManifestOf } from "../manifest.ts";
import type { PoolOptions } from "./pool.ts";

/** A detector that does as the class it is asked for says; see `scripted-thread.fixture.ts`. */
export const scriptedManifest: ManifestOf<"detect"> = {
  name: "scripted",
  task: "detect",
  family: "yolox",
  input: {
    ...{ width: 32, height: 32, fit: "stretch", pad: 0, order: "rgb", layout: "nchw" },
    ...{ mean: [0, 0, 0], std: [1, 1, 1] },
  },
  classes: ["answers", "dies", "hangs"],
  thresholds: { low: 0.1, high: 0.5, start: 0.5 },
  licence: "none",
  source: "a test",
};

/** What a pool takes to have scripted threads, and the scripted model whatever it is to load. */
export const scripted: Omit<PoolOptions, "threads"> = {
  script: new URL("./scripted-thread.fixture.ts", import.meta.url),
  prepare: async () => ({ key: "scripted", path: "", manifest: scriptedManifest }),
  log: silentLog,
  cacheFolder: "",
};
