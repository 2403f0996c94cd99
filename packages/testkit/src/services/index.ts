export { freePort } from "./free-port.ts";
export { PostgresServer } from "./postgres.ts";
export { locate, PROGRAMS, type Program } from "./programs.ts";
