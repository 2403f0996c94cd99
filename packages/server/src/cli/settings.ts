import type { GivenSettings } from "../config/config.ts";

/** The flags of the command line under the names of the settings. */
export function settingsOf(flags: Readonly<Record<string, unknown>>): GivenSettings {
  const { line, class: classes, ...same } = flags;
  return { ...same, lines: line, classes };
}
