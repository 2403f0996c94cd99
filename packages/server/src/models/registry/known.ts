import type { Task } from "../manifest.ts";

/** A model that others publish, and what is known of it. */
export interface KnownModel {
  readonly name: string;
  readonly task: Task;
  /** Where its makers publish it. */
  readonly address: string;
  readonly sha256: string;
  readonly bytes: number;
  readonly licence: string;
  readonly note: string;
}

/** Models that can be fetched by name. The checksums are those of files that this project is tested with. */
export const KNOWN_MODELS: readonly KnownModel[] = [
  {
    name: "nanodet-plus-m",
    task: "detect",
    // The file is in Git LFS: other addresses of the same repository give its pointer.
    address:
      "https://media.githubusercontent.com/media/opencv/opencv_zoo/4.9.0/models/object_detection_nanodet/object_detection_nanodet_2022nov.onnx",
    sha256: "4b82da9944b88577175ee23a459dce2e26e6e4be573def65b1055dc2d9720186",
    bytes: 3_800_954,
    licence: "Apache-2.0",
    note: "NanoDet-Plus-m-1.5x 416 of OpenCV's zoo: COCO's 80 classes",
  },
  {
    name: "fastestdet",
    task: "detect",
    address: "https://raw.githubusercontent.com/dog-qiuqiu/FastestDet/main/example/onnx-runtime/FastestDet.onnx",
    sha256: "31cb14c017fce347cb4c846ec62fdf00d76bb3beecdf4be21e7116ac67feb880",
    bytes: 998_169,
    licence: "BSD-3-Clause",
    note: "COCO's 80 classes on the smallest machines",
  },
  {
    name: "yolov5n",
    task: "detect",
    address: "https://github.com/ultralytics/yolov5/releases/download/v7.0/yolov5n.pt",
    sha256: "4f180cf23ba0717ada0badd6c685026d73d48f184d00fc159c2641284b2ac0a3",
    bytes: 4_062_133,
    licence: "AGPL-3.0",
    note: "YOLOv5n as its checkpoint: COCO's 80 classes; mind its licence",
  },
  {
    name: "yunet",
    task: "face-detect",
    address:
      "https://media.githubusercontent.com/media/opencv/opencv_zoo/47534e27c9851bb1128ccc0102f1145e27f23f98/models/face_detection_yunet/face_detection_yunet_2026may.onnx",
    sha256: "ebafce4e3c118d6554634be5c27ab333b4c047a9a8c3faf1d7cf93101c22f0f0",
    bytes: 229_738,
    licence: "MIT",
    note: "faces with five landmarks",
  },
];
