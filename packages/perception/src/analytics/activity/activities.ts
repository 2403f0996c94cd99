/** What a person may be doing. */
export const ACTIVITIES = [
  "standing",
  "sitting",
  "walking",
  "lying",
  "running",
  "jumping",
  "falling",
  "unknown",
] as const;

export type Activity = (typeof ACTIVITIES)[number];
