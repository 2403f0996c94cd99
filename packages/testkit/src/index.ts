export { type Output, ServerProcess, sensorium, temporaryFolder } from "./command.ts";
export { Listener, watchPage } from "./listener.ts";
export { preparedModels, temporaryHome } from "./prepared-models.ts";
export { residentMemory } from "./resident-memory.ts";
export * from "./services/index.ts";
export { hasSharedData, sharedData } from "./shared-data.ts";
