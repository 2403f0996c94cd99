import type { DensePoseEstimator, PoseEstimator, Reidentifier } from "../models/crop-model.ts";
import type { Detector } from "../models/detector.ts";
import { AppearanceFinder } from "./appearance-finder.ts";
import { DensePoseFinder } from "./dense-pose-finder.ts";
import { PoseFinder } from "./pose-finder.ts";

/** The models that look at a camera's pictures: one that finds, and those that look closer at the people it found. */
export interface CameraModels {
  readonly detector: Detector;
  /** Undefined where nobody wants skeletons. */
  readonly poses: PoseEstimator | undefined;
  /** Undefined where bodies are drawn by their skeletons alone. */
  readonly densePoses: DensePoseEstimator | undefined;
  /** Undefined where people are known again by their place alone. */
  readonly reidentifier: Reidentifier | undefined;
}

/** What looks closer at the people of a frame, each in a crop of its own; absent where no model does. */
export interface Finders {
  /** Looks at everybody the detector finds. */
  readonly poses?: PoseFinder | undefined;
  /** Looks at people for where their skin is, when somebody asks. */
  readonly densePoses?: DensePoseFinder | undefined;
  /** Looks at people so that they are known again. */
  readonly appearances?: AppearanceFinder | undefined;
}

/** None where the detector knows no people. They remember whom they looked at: each look at a source has its own. */
export function findersOf({ detector, poses, densePoses, reidentifier }: CameraModels): Finders {
  const { classes, thresholds } = detector.model;
  const people = { person: classes.indexOf("person"), minScore: thresholds.high };
  if (people.person < 0) return {};
  return {
    poses: poses && new PoseFinder(poses, people),
    densePoses: densePoses && new DensePoseFinder(densePoses, people),
    appearances: reidentifier && new AppearanceFinder(reidentifier, people),
  };
}

/** Whether pictures must be kept for somebody who crops them. */
export const needsCrops = ({ poses, densePoses, reidentifier }: CameraModels): boolean =>
  [poses, densePoses, reidentifier].some((model) => model !== undefined);
