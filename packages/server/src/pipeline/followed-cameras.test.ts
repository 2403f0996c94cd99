import { expect, it } from "vitest";
import { ScriptedCamera } from "../serve/testing/scripted-camera.ts";
import { FollowedCameras } from "./followed-cameras.ts";

const door = new ScriptedCamera("door");
const yard = new ScriptedCamera("yard");
const shed = new ScriptedCamera("shed");

function following() {
  const log: string[] = [];
  const cameras = new FollowedCameras((camera, signal) => {
    log.push(`${camera.id} came`);
    signal.addEventListener("abort", () => log.push(`${camera.id} went`));
    return camera.id;
  });
  return { log, cameras };
}

it("a camera is begun with once while it stays, ended with when it goes, and begun with anew when it comes back", () => {
  const { log, cameras } = following();
  expect(cameras.become([door, yard])).toEqual([]);
  expect(cameras.become([yard, shed])).toEqual(["door"]);
  expect(cameras.become([yard, door])).toEqual(["shed"]);
  expect(log).toEqual(["door came", "yard came", "door went", "shed came", "shed went", "door came"]);
  expect(cameras.states).toEqual(["yard", "door"]);
});

it("everything ends when nobody follows any more", () => {
  const { log, cameras } = following();
  cameras.become([door, yard]);
  cameras[Symbol.dispose]();
  cameras[Symbol.dispose]();
  expect(log.slice(2)).toEqual(["door went", "yard went"]);
  expect(cameras.states).toEqual([]);
});
