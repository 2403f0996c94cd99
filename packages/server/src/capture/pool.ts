import { Worker } from "node:worker_threads";
import { type Micros, reasonOf, SensoriumError } from "@sensorium/protocol";
import { toWireError } from "../flow/thread-error.ts";
import type { Source } from "../sources/source.ts";
import { Capture, type JoinOptions } from "./capture.ts";
import type { FromCapture, Pace, SessionReport, TapRequest, ToCapture } from "./messages.ts";
import { SpareSlots } from "./spare-slots.ts";

/** What to capture, how, and what its first reader wants. */
export interface CaptureOptions extends JoinOptions {
  readonly source: Source;
  readonly pace: Pace;
  /** Media time continues from here. */
  readonly startAt: Micros;
  /** How long opening, and any one read of a live source, may take. */
  readonly timeoutMs?: number;
  /** How long a live source may repeat one picture before it is frozen. */
  readonly frozenAfterMs?: number;
}

const TIMEOUT_MS = 10_000;
const FROZEN_MS = 60_000;
const THREAD = new URL("./thread.ts", import.meta.url);

/** Capture threads, started when first needed; sources are spread evenly over them. */
export class CapturePool implements AsyncDisposable {
  readonly #limit: number;
  readonly #script: URL;
  readonly #threads = new Set<CaptureThread>();
  readonly #spare = new SpareSlots();

  /** At most `limit` threads, each running `script`. */
  constructor(limit: number, script: URL = THREAD) {
    this.#limit = limit;
    this.#script = script;
  }

  open(options: CaptureOptions): Capture {
    return this.#thread().open(options);
  }

  #thread(): CaptureThread {
    const idlest = [...this.#threads].sort((one, other) => one.load - other.load)[0];
    if (idlest && (idlest.load === 0 || this.#threads.size >= this.#limit)) return idlest;
    const thread = new CaptureThread(this.#script, {
      spare: this.#spare,
      onGone: (gone) => this.#threads.delete(gone),
    });
    this.#threads.add(thread);
    return thread;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#threads].map((thread) => thread.close()));
  }
}

interface ThreadInit {
  readonly spare: SpareSlots;
  onGone(thread: CaptureThread): void;
}

/** One thread and the captures in it. */
class CaptureThread {
  readonly #worker: Worker;
  readonly #spare: SpareSlots;
  readonly #captures = new Map<number, Capture>();
  readonly #exited: Promise<void>;
  #next = 1;
  #failure: string | undefined;
  #over = false;

  constructor(script: URL, { spare, onGone }: ThreadInit) {
    this.#spare = spare;
    this.#worker = new Worker(script, { name: "capture" });
    this.#worker.on("message", ({ session, ...report }: FromCapture) => this.#handle(session, report));
    this.#worker.on("error", (error) => {
      this.#failure = reasonOf(error);
    });
    this.#exited = new Promise((resolve) => {
      this.#worker.once("exit", () => {
        this.#over = true;
        onGone(this);
        this.#failAll();
        resolve();
      });
    });
  }

  get load(): number {
    return this.#captures.size;
  }

  open(options: CaptureOptions): Capture {
    const { source, pace, startAt, timeoutMs = TIMEOUT_MS, frozenAfterMs = FROZEN_MS } = options;
    const request = { source, pace, startAt, timeoutMs, frozenAfterMs };
    return this.#add(options, pace, (session, tap) => ({ type: "open", session, request, tap }));
  }

  #add(options: JoinOptions, pace: Pace, ask: (session: number, tap: TapRequest) => ToCapture): Capture {
    const session = this.#next++;
    const { camera, format, slots, keeps = false, region = null, motion = null, handlers } = options;
    const memory = this.#spare.take(format ? 3 * format.width * format.height : 0, slots);
    const capture = new Capture({
      ...{ camera, session, memory, spare: this.#spare, region, keeps, handlers },
      join: (other) => this.#add(other, pace, (id, tap) => ({ type: "join", session: id, of: session, tap })),
      post: (message) => this.#worker.postMessage(message),
      onFree: () => this.#spare.give(memory),
    });
    this.#captures.set(session, capture);
    const asked = ask(session, { pace, format, region, slots: memory, keeps, motion });
    this.#worker.postMessage(asked);
    // Whoever joins too late hears of it like the others, once he holds what he asked for.
    if (this.#over) queueMicrotask(() => this.#failAll());
    return capture;
  }

  /** Ends every capture, lets the thread finish what it is doing, and waits for it to go. */
  async close(): Promise<void> {
    this.#worker.postMessage({ type: "shutdown" } satisfies ToCapture);
    await this.#exited;
  }

  #handle(session: number, report: SessionReport): void {
    this.#captures.get(session)?.handle(report);
    if (report.type === "ended" || report.type === "failed") this.#captures.delete(session);
  }

  #failAll(): void {
    const why = this.#failure ? `the capture thread failed: ${this.#failure}` : "the capture thread ended";
    const error = toWireError(new SensoriumError("worker-lost", why, { retryable: true }));
    for (const capture of this.#captures.values()) {
      capture.handle({ type: "failed", error, totals: capture.totals });
    }
    this.#captures.clear();
  }
}
