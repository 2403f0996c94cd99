export { App } from "./app.ts";
export { type Config, type GivenSettings, loadConfig } from "./config/config.ts";
export { type Log, type LogLevel, openLog, silentLog } from "./observe/log.ts";
