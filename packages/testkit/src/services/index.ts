export { type ApacheOptions, ApacheServer } from "./apache.ts";
export { type DigestGuardOptions, digestGuard } from "./digest-guard.ts";
export { freePort } from "./free-port.ts";
export { PostgresServer } from "./postgres.ts";
export { locate, PROGRAMS, type Program } from "./programs.ts";
export { type Mounts, RtspServer } from "./rtsp.ts";
export { type Behaviour, ScriptedServer } from "./scripted-server.ts";
export { type Answer, WebServer } from "./web-server.ts";
