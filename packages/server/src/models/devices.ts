/** What models can be told to run on; `auto` is the first that works here. */
export const DEVICES = ["auto", "cpu", "cuda", "directml", "coreml"] as const;
export type Device = (typeof DEVICES)[number];
