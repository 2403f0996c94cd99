/** What is due at one sink, ready to be sent. */
export interface NewAction {
  /** Globally unique. */
  readonly id: string;
  /** The key of the sink it is for. */
  readonly sink: string;
  /** Whether it has to arrive, however long the sink is away; what need not is given up when too much waits. */
  readonly kept: boolean;
  /** Unix milliseconds. */
  readonly dueMs: number;
  /** Unix milliseconds from which on it is pointless. */
  readonly expiresMs: number | null;
  /** The id of an action of another sink that it had better follow. */
  readonly follows: string | null;
  /** What to send, as JSON. */
  readonly body: string;
  /** An encoded picture that goes with it. */
  readonly picture: Uint8Array | null;
}

/** One of the actions that wait, in the order of `seq`. */
export interface WaitingAction extends NewAction {
  readonly seq: number;
}

/** Where a sink is, and how to get in, as JSON: kept as long as something waits for it, so that a restart can go on. */
export interface SinkRow {
  readonly sink: string;
  readonly address: string;
}

/** How much waits for a sink. */
export interface Backlog {
  readonly sink: string;
  readonly waiting: number;
  readonly bytes: number;
}

export interface AddedActions {
  readonly backlogs: readonly Backlog[];
  /** How many were given up to make room, per sink. */
  readonly gaveUp: readonly { readonly sink: string; readonly count: number }[];
}

export interface SettledActions {
  readonly sink: string;
  /** The `seq` of each that is done with. */
  readonly settled: readonly number[];
  /** Those among them that the sink will never take, and why. */
  readonly refused: readonly { readonly seq: number; readonly reason: string; readonly atMs: number }[];
}

/** An action that its sink will never take. */
export interface RefusedAction extends Pick<NewAction, "id" | "sink" | "body"> {
  /** In one sentence. */
  readonly reason: string;
  /** When it was refused, in Unix milliseconds. */
  readonly atMs: number;
}

/** The actions that wait for their sinks. All or nothing of a call is durable, and is when it resolves. */
export interface ActionRecords {
  /** At most 1000 a call. */
  addActions(added: {
    readonly actions: readonly NewAction[];
    readonly sinks: readonly SinkRow[];
  }): Promise<AddedActions>;
  /** The oldest of a sink; at least one, if there is one, and then no more than `maxBytes` of them. */
  nextActions(from: {
    readonly sink: string;
    readonly limit: number;
    readonly maxBytes: number;
  }): Promise<readonly WaitingAction[]>;
  settleActions(done: SettledActions): Promise<Backlog>;
  /** Whether an action has yet to be settled. */
  actionWaits(which: { readonly id: string }): Promise<boolean>;
  /** Newest first, of those that are kept. */
  refusedActions(page: { readonly limit: number }): Promise<readonly RefusedAction[]>;
  /** The sinks for which something waits; the others are forgotten, with their credentials. */
  waitingSinks(): Promise<readonly (SinkRow & Backlog)[]>;
}
