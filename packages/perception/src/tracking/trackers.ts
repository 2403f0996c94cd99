import { ByteTrack } from "./byte-track.ts";
import type { ByteTrackOptions } from "./byte-track-options.ts";
import { OcSort } from "./oc-sort.ts";
import type { OcSortOptions } from "./oc-sort-options.ts";
import { Sort, type SortOptions } from "./sort.ts";
import type { Tracker } from "./tracker.ts";

/** The options of every tracker there is, by name. */
export interface TrackerOptionsByName {
  readonly "byte-track": ByteTrackOptions;
  readonly sort: SortOptions;
  readonly "oc-sort": OcSortOptions;
}

export type TrackerName = keyof TrackerOptionsByName;

/** Every tracker there is. */
export const trackers: { readonly [Name in TrackerName]: (options?: TrackerOptionsByName[Name]) => Tracker } = {
  "byte-track": (options) => new ByteTrack(options),
  sort: (options) => new Sort(options),
  "oc-sort": (options) => new OcSort(options),
};

/** The names of all trackers, for parsers and menus; the first is the default. */
export const trackerNames = Object.keys(trackers) as readonly TrackerName[];

/** The tracker of that name; throws `config-invalid` where its options contradict one another. */
export const createTracker = <Name extends TrackerName>(name: Name, options?: TrackerOptionsByName[Name]): Tracker =>
  trackers[name](options);
