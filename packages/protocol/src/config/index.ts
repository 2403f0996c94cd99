/** The configuration file: its schema, and what is wrong with one. */
export { Camera, DEFAULT_LINE, Defaults, Zone } from "./camera.ts";
export { durationMs } from "./duration.ts";
export { Domain, EnvironmentSettings } from "./environment.ts";
export { Line, type Point, readSegment } from "./geometry.ts";
export {
  type CheckedFile,
  type ConfigPath,
  type ConfigProblem,
  checkConfigFile,
  checkJson,
  checkPart,
} from "./problems.ts";
export { ConfigFile, configJsonSchema, Retention } from "./schema.ts";
