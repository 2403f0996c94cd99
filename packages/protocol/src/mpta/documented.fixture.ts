/** A pipeline of the kind the worker's documentation describes: two classes, two parallel classifiers, one row. */
export const documented = () => ({
  redis: { host: "192.0.2.3", port: 6379, password: "redis-password", db: 0 },
  postgresql: { host: "192.0.2.3", port: 5432, database: "inference", username: "root", password: "db-password" },
  pipeline: {
    modelId: "car_frontal_detection_v1",
    modelFile: "car_frontal_detection_v1.pt",
    crop: false,
    triggerClasses: ["Car", "Frontal"],
    minConfidence: 0.8,
    multiClass: true,
    expectedClasses: ["Car", "Frontal"],
    actions: [
      {
        type: "redis_save_image",
        region: "Frontal",
        key: "inference:{display_id}:{timestamp}:{session_id}:{filename}",
        expire_seconds: 600,
        format: "jpeg",
        quality: 90,
      },
      { type: "redis_publish", channel: "car_detections", message: '{"event":"frontal_detected"}' },
    ],
    branches: [branch("car_brand_cls_v1", "Frontal"), branch("car_bodytype_cls_v1", "Car")],
    parallelActions: [
      {
        type: "postgresql_update_combined",
        table: "car_frontal_info",
        key_field: "session_id",
        key_value: "{session_id}",
        waitForBranches: ["car_brand_cls_v1", "car_bodytype_cls_v1"],
        fields: {
          car_brand: "{car_brand_cls_v1.brand}",
          car_body_type: "{car_bodytype_cls_v1.body_type}",
        },
      },
    ],
  },
});

function branch(modelId: string, cropClass: string) {
  return {
    modelId,
    modelFile: `${modelId}.pt`,
    crop: true,
    cropClass,
    resizeTarget: [224, 224],
    triggerClasses: [cropClass],
    minConfidence: 0.85,
    parallel: true,
    branches: [],
  };
}
