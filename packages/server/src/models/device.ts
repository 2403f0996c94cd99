/** What models can be told to run on; `auto` is the first that works here. */
export const DEVICES = ["auto", "cpu", "cuda", "directml", "coreml"] as const;
export type Device = (typeof DEVICES)[number];

/** What models run on. */
export interface ChosenProvider {
  readonly device: Exclude<Device, "auto">;
  /** As people call it. */
  readonly title: string;
  /** For the runtime's sessions. */
  readonly executionProviders: readonly string[];
  /** For people: what was chosen, and why another was not. */
  readonly line: string;
}

/** What is always there. */
export const CPU: ChosenProvider = {
  device: "cpu",
  title: "CPU",
  executionProviders: ["cpu"],
  line: "models run on the CPU, as set",
};
