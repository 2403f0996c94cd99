import { COCO_KEYPOINTS, type Keypoint, type Size } from "@sensorium/protocol";
import type { Place, Skeleton } from "./skeleton.ts";

/** A pinhole camera without distortion. */
export interface PinholeCamera {
  /** Metres; z is its height above the floor. */
  readonly place: Place;
  /** Radians from the x axis towards the y axis. */
  readonly heading: number;
  /** Radians that it looks down. */
  readonly pitch: number;
  /** Angle of view from the picture's upper to its lower edge, in radians. */
  readonly fieldOfView: number;
  /** Pixels. */
  readonly size: Size;
}

/** Metres above the floor that a camera looks at: the hips of who stands there. */
const LOOKED_AT = 0.8;

/** A camera of 1280 × 720 pixels at x = 0, so high, that looks along the x axis at people `distance` away, in metres. */
export function cameraAt(height: number, distance: number): PinholeCamera {
  return {
    place: { x: 0, y: 0, z: height },
    heading: 0,
    pitch: Math.atan2(height - LOOKED_AT, distance),
    fieldOfView: Math.PI / 3,
    size: { width: 1280, height: 720 },
  };
}

/** Where a place appears, in pixels, possibly outside the picture; undefined for what is not in front of the camera. */
export function project(
  { x, y, z }: Place,
  camera: PinholeCamera,
): { readonly x: number; readonly y: number } | undefined {
  const { place, heading, pitch, size } = camera;
  const [east, north, up] = [x - place.x, y - place.y, z - place.z];
  const ahead = east * Math.cos(heading) + north * Math.sin(heading);
  const right = east * Math.sin(heading) - north * Math.cos(heading);
  const depth = ahead * Math.cos(pitch) - up * Math.sin(pitch);
  const down = -ahead * Math.sin(pitch) - up * Math.cos(pitch);
  if (depth < 0.1) return undefined;
  const focal = size.height / 2 / Math.tan(camera.fieldOfView / 2);
  return { x: size.width / 2 + (focal * right) / depth, y: size.height / 2 + (focal * down) / depth };
}

/** The keypoints of a skeleton as an unerring model would give them; undefined where a joint is behind the camera. */
export function keypointsIn(camera: PinholeCamera, skeleton: Skeleton): readonly Keypoint[] | undefined {
  const points = skeleton.flatMap((joint) => {
    const point = project(joint, camera);
    return point ? [{ ...point, score: 1 }] : [];
  });
  return points.length === COCO_KEYPOINTS.length ? points : undefined;
}
