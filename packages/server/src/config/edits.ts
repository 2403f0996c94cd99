/** The changes of a configuration that clients ask for. What they lead to is checked as a whole, by the editor. */
import { SensoriumError } from "@sensorium/protocol";
import { type ConfigPath, DEFAULT_LINE } from "@sensorium/protocol/config";
import { cameraOfSource } from "./cameras.ts";
import type { Draft, Edit } from "./edit.ts";
import type { Plain } from "./yaml-write.ts";

/** A line or zone of a camera. */
export interface SpotName {
  readonly camera: string;
  readonly id: string;
}

type Section = { readonly [key: string]: Plain };

/** Adds a camera, or makes it this one; it keeps its source when none is given, as nobody is shown all of that. */
export function putCamera(id: string, camera: Section): Edit {
  return (draft) => {
    const source = draft.at(["cameras", id, "source"]) as Plain | undefined;
    draft.set(["cameras", id], source === undefined || "source" in camera ? camera : { source, ...camera });
  };
}

/** Takes a camera out of the file. What it counted stays. */
export function deleteCamera(id: string): Edit {
  return (draft) => {
    knownCamera(draft, id);
    draft.set(["cameras", id], undefined);
  };
}

/** Adds a line to a camera, or changes it. */
export function putLine({ camera, id }: SpotName, line: string | Section): Edit {
  return (draft) => {
    writeOutLines(draft, camera);
    draft.set(["cameras", camera, "lines", id], line);
  };
}

/** Takes a line from a camera. One that has lost its last one has none. */
export function deleteLine({ camera, id }: SpotName): Edit {
  return (draft) => {
    writeOutLines(draft, camera);
    remove(draft, ["cameras", camera, "lines", id], `the camera ${camera} has no line ${id}`);
  };
}

/** Adds a zone to a camera, or changes it. */
export function putZone({ camera, id }: SpotName, zone: readonly Plain[] | Section): Edit {
  return (draft) => {
    knownCamera(draft, camera);
    draft.set(["cameras", camera, "zones", id], zone);
  };
}

/** Takes a zone from a camera. */
export function deleteZone({ camera, id }: SpotName): Edit {
  return (draft) => {
    knownCamera(draft, camera);
    remove(draft, ["cameras", camera, "zones", id], `the camera ${camera} has no zone ${id}`);
  };
}

/** Says something of an environment; what is undefined is said no more. */
export function putEnvironment(environment: string, said: readonly (readonly [ConfigPath, Plain | undefined])[]): Edit {
  return (draft) => {
    for (const [path, value] of said) draft.set(["environments", environment, ...path], value);
  };
}

/** Says for how many days poses are kept. */
export function putPoseDays(days: number): Edit {
  return (draft) => draft.set(["store", "retention", "poses"], `${days} days`);
}

/** Says for how long records are kept. */
export function putRetention(retention: Section): Edit {
  return (draft) => draft.set(["store", "retention"], retention);
}

/** Lines that a camera takes from the defaults become its own, so that changing one leaves the others. */
function writeOutLines(draft: Draft, camera: string): void {
  knownCamera(draft, camera);
  if (draft.at(["cameras", camera, "lines"]) !== undefined) return;
  const inherited = draft.at(["defaults", "lines"]) as Plain | undefined;
  draft.set(["cameras", camera, "lines"], inherited ?? { [DEFAULT_LINE]: DEFAULT_LINE });
}

/** The simulated room that stands in where no cameras are given becomes the file's with its first change. */
function knownCamera(draft: Draft, id: string): void {
  const [simulated, room] = cameraOfSource("simulated:");
  if (id === simulated && draft.at(["cameras"]) === undefined) draft.set(["cameras", id], room as Section);
  if (draft.at(["cameras", id]) === undefined) throw refused(`there is no camera ${id} in the configuration file`);
}

function remove(draft: Draft, path: ConfigPath, absent: string): void {
  if (draft.at(path) === undefined) throw refused(absent);
  draft.set(path, undefined);
}

const refused = (sentence: string): SensoriumError => new SensoriumError("config-invalid", sentence);
