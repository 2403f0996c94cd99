/** What has become of a sink's actions since the start of the program. */
export interface SinkTotals {
  readonly delivered: number;
  /** That the sink will never take; see the table `refused_actions`. */
  readonly refused: number;
  /** Messages and pictures that made room for newer ones. */
  readonly gaveUp: number;
  /** Pictures whose time was over before the sink could have them. */
  readonly expired: number;
  /** How often the sink was away or failed, and was tried again. */
  readonly retries: number;
}

/** How one sink is doing. */
export interface SinkHealth {
  /** Where it is, without credentials: `redis://192.0.2.3:6379/0`. */
  readonly name: string;
  readonly state: "connecting" | "following" | "down";
  /** One clear sentence when it is down. */
  readonly reason: string | null;
  /** Actions that it has yet to get, and what they take. */
  readonly waiting: number;
  readonly bytes: number;
  /** When the oldest of them fell due, in Unix milliseconds. */
  readonly oldestMs: number | null;
  readonly totals: SinkTotals;
}

export interface ActionsHealth {
  /** Actions that wait to become durable. */
  readonly queued: number;
  /** Actions that were lost because the disk could not take them. */
  readonly lost: number;
  /** Actions for which there was nothing to send or nowhere to send it. */
  readonly skipped: number;
  readonly sinks: readonly SinkHealth[];
}
