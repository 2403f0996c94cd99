import { SensoriumError } from "@sensorium/protocol";

/** Where this machine's own cameras are, as FFmpeg names it. */
export interface WebcamAddress {
  readonly inputFormat: "v4l2" | "avfoundation" | "dshow";
  readonly url: string;
}

/**
 * How a camera of this machine is reached. `device` is its number (0 the first), or what the system calls it:
 * `/dev/video2` on Linux, a name on macOS and Windows, where Windows knows no numbers.
 * @throws SensoriumError "config-invalid" where the system has no such way of naming one.
 */
export function webcamAddress(device: string, platform: NodeJS.Platform): WebcamAddress {
  const isNumber = /^\d+$/.test(device);
  switch (platform) {
    case "linux":
      return { inputFormat: "v4l2", url: isNumber ? `/dev/video${device}` : device };
    case "darwin":
      return { inputFormat: "avfoundation", url: `${device}:none` };
    case "win32":
      if (isNumber)
        throw new SensoriumError("config-invalid", "on Windows a webcam is called by its name: webcam:<name>");
      return { inputFormat: "dshow", url: `video=${device}` };
    default:
      throw new SensoriumError("config-invalid", `webcams cannot be used on ${platform}`);
  }
}
