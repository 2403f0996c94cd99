import { SensoriumError, type Size } from "@sensorium/protocol";

/** What a MOTChallenge sequence says of itself. */
export interface SequenceInfo {
  readonly framesPerSecond: number;
  readonly frames: number;
  readonly size: Size;
}

/** Reads a `seqinfo.ini`; throws `source-invalid`, naming the key, where a figure is missing or not positive. */
export function parseSequenceInfo(text: string, name: string): SequenceInfo {
  const figure = (key: string): number => {
    const value = Number(new RegExp(`^\\s*${key}\\s*=\\s*(.*?)\\s*$`, "m").exec(text)?.[1]);
    if (value > 0 && value < Number.POSITIVE_INFINITY) return value;
    throw new SensoriumError("source-invalid", `${name} does not say ${key}, a positive number`);
  };
  return {
    framesPerSecond: figure("frameRate"),
    frames: Math.floor(figure("seqLength")),
    size: { width: figure("imWidth"), height: figure("imHeight") },
  };
}
