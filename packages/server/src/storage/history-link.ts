import type { HistoryRecords } from "./history.ts";
import type { WorkerLink } from "./worker-link.ts";

/** The records, asked for across the thread that has them. */
export function historyOver(link: WorkerLink): HistoryRecords {
  return {
    addPoses: (rows) => link.call("addPoses", rows),
    poses: (query) => link.call("poses", query),
    track: (query) => link.call("track", query),
    persons: (span) => link.call("persons", span),
    windows: (query) => link.call("windows", query),
    happenings: (query) => link.call("happenings", query),
    acknowledge: (note) => link.call("acknowledge", note),
    occupancy: (query) => link.call("occupancy", query),
    lastPerson: (query) => link.call("lastPerson", query),
  };
}
