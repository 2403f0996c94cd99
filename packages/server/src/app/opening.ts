import type { Config } from "../config/config.ts";
import type { Log } from "../observe/log.ts";

/** What every part of a server is opened with. */
export interface Opening {
  readonly config: Config;
  readonly log: Log;
  /** What is open: it closes in the reverse order. */
  readonly parts: AsyncDisposableStack;
}
