import type { detectorWorker } from "@sensorium/protocol/wire";

type Data = detectorWorker.DisplayPersistentData;
type SessionId = detectorWorker.SessionId;

const nothing: Data = {
  progressionStage: null,
  qrCode: null,
  adsPlayback: null,
  currentCar: null,
  fuelPump: null,
  weatherData: null,
  sessionId: null,
};

/** What a backend keeps for each of its displays. */
export class Displays {
  readonly #data = new Map<string, Data>();

  /** The display is in this session now. */
  begin(display: string, sessionId: SessionId): void {
    this.#data.set(display, { ...(this.#data.get(display) ?? nothing), sessionId });
  }

  get(display: string): Data | undefined {
    return this.#data.get(display);
  }

  /** Merges a patch into what is kept for its session's display, and answers it. */
  patch({ sessionId, data }: detectorWorker.PatchSessionMessage): detectorWorker.PatchSessionResultMessage {
    const [found] = [...this.#data].filter(([, each]) => each.sessionId === sessionId);
    if (!found) return resultOf(sessionId, `No display is in the session ${sessionId}`);
    const [display, before] = found;
    this.#data.set(display, merged(before, data));
    return resultOf(sessionId);
  }
}

const resultOf = (sessionId: SessionId, problem?: string): detectorWorker.PatchSessionResultMessage => ({
  type: "patchSessionResult",
  payload: { sessionId, success: problem === undefined, message: problem ?? "Session patched" },
});

/** Objects are merged field by field; null clears. */
export function merged<T extends object>(before: T, patch: object): T {
  const entries = Object.entries(patch).map(([key, value]: [string, unknown]) => {
    const known: unknown = before[key as keyof T];
    return [key, isObject(known) && isObject(value) ? merged(known, value) : value] as const;
  });
  return { ...before, ...Object.fromEntries(entries) };
}

const isObject = (value: unknown): value is object =>
  typeof value === "object" && value !== null && !Array.isArray(value);
