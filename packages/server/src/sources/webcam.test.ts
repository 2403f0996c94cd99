import { expect, it } from "vitest";
import { webcamAddress } from "./webcam.ts";

it.each([
  ["linux", "0", { inputFormat: "v4l2", url: "/dev/video0" }],
  ["linux", "/dev/v4l/by-id/usb-cam", { inputFormat: "v4l2", url: "/dev/v4l/by-id/usb-cam" }],
  ["darwin", "1", { inputFormat: "avfoundation", url: "1:none" }],
  ["darwin", "FaceTime HD", { inputFormat: "avfoundation", url: "FaceTime HD:none" }],
  ["win32", "Integrated Camera", { inputFormat: "dshow", url: "video=Integrated Camera" }],
] as const)("on %s the webcam %s is reached as the system has it", (platform, device, address) => {
  expect(webcamAddress(device, platform)).toEqual(address);
});

it("a webcam is refused where the system cannot name it", () => {
  expect(() => webcamAddress("0", "win32")).toThrow("on Windows a webcam is called by its name");
  expect(() => webcamAddress("0", "freebsd")).toThrow("webcams cannot be used on freebsd");
});
