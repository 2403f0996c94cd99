import { destination, pino } from "pino";

/** Static message, structured fields: values never go into the message. */
export interface Log {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
  child(fields: object): Log;
}

export type LogLevel = "debug" | "info" | "warn" | "error" | "silent";

/** Keys whose values never leave the process in a log line. */
const SECRET_FIELDS = ["password", "token", "authorization", "cookie", "secret", "databaseUrl"];

/** JSON lines on standard error, so that standard output stays free for results. */
export function openLog(level: LogLevel): Log {
  return pino(
    {
      level,
      base: null,
      timestamp: () => `,"time":"${new Date().toISOString()}"`,
      formatters: { level: (label) => ({ level: label }) },
      redact: { paths: SECRET_FIELDS.flatMap((key) => [key, `*.${key}`]), censor: "[redacted]" },
    },
    destination({ dest: 2, sync: true }),
  );
}

const silence = (): void => undefined;

/** A log that says nothing, for tests and library use. */
export const silentLog: Log = {
  debug: silence,
  info: silence,
  warn: silence,
  error: silence,
  child: () => silentLog,
};
