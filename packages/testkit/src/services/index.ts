export { freePort } from "./free-port.ts";
export { PostgresServer } from "./postgres.ts";
