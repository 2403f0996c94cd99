import { cpus, totalmem } from "node:os";
import process from "node:process";

/** How busy this machine is, in per cent. */
export interface Usage {
  /** Over the time since it was measured before; null the first time. */
  readonly cpu: number | null;
  /** What programs cannot have any more; of a container's limit where there is one. */
  readonly memory: number;
  /** Null where there is none, or it cannot be measured. */
  readonly gpu: number | null;
  readonly gpuMemory: number | null;
}

interface Times {
  readonly busy: number;
  readonly all: number;
}

/** Measures the machine. */
export class UsageMeter {
  #before = cpuTimes();

  /** The processors' time since the last call, and the memory there is now. */
  measure(): Usage {
    const now = cpuTimes();
    const all = now.all - this.#before.all;
    const cpu = all > 0 ? percent((now.busy - this.#before.busy) / all) : null;
    this.#before = now;
    return { cpu, memory: memoryUsage(), gpu: null, gpuMemory: null };
  }
}

function cpuTimes(): Times {
  const totals = cpus().map(({ times }) => times);
  const all = sumOf(totals.map(({ user, nice, sys, idle, irq }) => user + nice + sys + idle + irq));
  return { all, busy: all - sumOf(totals.map(({ idle }) => idle)) };
}

function memoryUsage(): number {
  const limit = process.constrainedMemory();
  const total = limit > 0 ? Math.min(limit, totalmem()) : totalmem();
  return percent(1 - process.availableMemory() / total);
}

const sumOf = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0);

/** With one digit after the point. */
const percent = (part: number): number => Math.round(Math.min(1, Math.max(0, part)) * 1000) / 10;
