import type { SourceState, SystemEvent } from "@sensorium/protocol";

/** How a part of the system is. */
export type ComponentState = SystemEvent["components"][string];
/** How its parts are, by name. */
export type Components = Readonly<Record<string, ComponentState>>;

/** Something changed for good, or for a while at least. */
export interface ComponentChange {
  readonly name: string;
  readonly state: ComponentState;
  readonly change: "degraded" | "failed" | "recovered";
}

/** A state counts once it was seen so often in a row: who is asked every second does not tell of a hiccup. */
const SETTLED = 3;
const CHANGES = { healthy: "recovered", degraded: "degraded", unhealthy: "failed", offline: "failed" } as const;

/** How the cameras give pictures, all together; null until one of them was connected to or could not be. */
export function captureOf(cameras: readonly SourceState[]): ComponentState | null {
  const known = cameras.filter((state) => state !== "connecting");
  const online = known.filter((state) => state === "online").length;
  if (known.length === 0) return null;
  if (online === 0) return known.length === cameras.length ? "offline" : null;
  return online === known.length ? "healthy" : "degraded";
}

/** Follows how the parts are. Each is taken for healthy until it shows otherwise. */
export class ComponentWatch {
  #now: Components;
  #rivals: ReadonlyMap<string, { readonly state: ComponentState; readonly times: number }> = new Map();

  constructor(names: readonly string[]) {
    this.#now = Object.fromEntries(names.map((name) => [name, "healthy"]));
  }

  /** As last told. */
  get now(): Components {
    return this.#now;
  }

  /** Takes how they are at this moment, null where nobody knows, and returns what has changed. */
  step(seen: Readonly<Record<string, ComponentState | null>>): ComponentChange[] {
    const rivals = new Map<string, { state: ComponentState; times: number }>();
    const changes: ComponentChange[] = [];
    for (const [name, state] of Object.entries(seen)) {
      const before = this.#rivals.get(name);
      if (state === null && before) rivals.set(name, before);
      if (state === null || state === (this.#now[name] ?? "healthy")) continue;
      const times = before?.state === state ? before.times + 1 : 1;
      if (times < SETTLED) rivals.set(name, { state, times });
      else changes.push({ name, state, change: CHANGES[state] });
    }
    this.#rivals = rivals;
    this.#now = { ...this.#now, ...Object.fromEntries(changes.map(({ name, state }) => [name, state])) };
    return changes;
  }
}
