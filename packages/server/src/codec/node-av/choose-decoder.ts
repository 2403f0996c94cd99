import { Codec, type Stream } from "node-av/lib";
import type { DecoderChoice, MediaAddress, OpenMediaOptions } from "../codec.ts";
import { openSoftwareDecoder, type VideoDecoder } from "./decoder.ts";
import type { DecodingDevice } from "./device.ts";
import { FallingDecoder } from "./falling-decoder.ts";

export interface ChooseOptions extends Pick<OpenMediaOptions, "onWarning"> {
  readonly address: MediaAddress;
  /** Called only where a device may decode. */
  device(): DecodingDevice | undefined;
}

/** A decoder, what it is, and why it is that. */
export interface Chosen {
  readonly decoder: VideoDecoder;
  readonly choice: DecoderChoice;
}

/**
 * The machine's device where it has one that decodes the stream, else the CPU.
 * @throws SensoriumError "codec-unsupported" when neither decodes it.
 */
export function chooseDecoder(stream: Stream, { address, device: find, onWarning }: ChooseOptions): Chosen {
  const { label } = address;
  const openSoftware = (): VideoDecoder => openSoftwareDecoder(stream, label);
  const software = (reason: string): Chosen => ({ decoder: openSoftware(), choice: { name: "software", reason } });
  if (address.decode === "software") return software("it is set so");
  const device = find();
  if (!device) return software("this machine has no device for it");
  const codec = Codec.findDecoder(stream.codecpar.codecId)?.name ?? "this";
  const opened = device.open(stream);
  if (!opened) return software(`${device.name} cannot decode ${codec} here`);
  const onFall = (): void => onWarning(`${label} is decoded by the CPU from now on: ${device.name} failed`);
  const decoder = new FallingDecoder({ device: opened, openSoftware, onFall });
  return { decoder, choice: { name: device.name, reason: `this machine has it, and it decodes ${codec}` } };
}
