import { z } from "zod";

/** `display;camera`: a camera's pictures as one display wants them. */
export const SubscriptionIdentifier = z
  .string()
  .regex(/^[^;]+;[^;]+$/, "must be a display and a camera with one semicolon between them, as in display-001;cam-001");

const url = z.string().nullish();
const edge = z.number().min(0).nullish();

/** One camera for one display, and what to look for in it; values stay as they were sent, since the worker's reports repeat them. */
export const Subscription = z
  .object({
    subscriptionIdentifier: SubscriptionIdentifier,
    rtspUrl: url,
    snapshotUrl: url,
    /** Milliseconds from one snapshot to the next. */
    snapshotInterval: z.number().min(0).nullish(),
    /** Where the bundle is; without one there are pictures and no detections. */
    modelUrl: url,
    modelId: z.union([z.number(), z.string()]).nullish(),
    modelName: z.string().nullish(),
    /** Pixels of the camera's picture: the part between the two corners is looked at. */
    cropX1: edge,
    cropY1: edge,
    cropX2: edge,
    cropY2: edge,
  })
  .superRefine((subscription, context) => {
    for (const [path, message] of contradictions(subscription)) {
      context.addIssue({ code: "custom", path: [path], message });
    }
  });
export type Subscription = z.infer<typeof Subscription>;

function contradictions(subscription: Subscription): (readonly [string, string])[] {
  const found: (readonly [string, string])[] = [];
  if (!sourceOf(subscription)) {
    found.push(
      subscription.snapshotUrl
        ? ["snapshotInterval", "must be more than 0 where there is no rtspUrl"]
        : ["rtspUrl", "is missing, and so is a snapshotUrl with a snapshotInterval"],
    );
  }
  const crop = cropOf(subscription);
  if (crop && crop.x2 <= crop.x1) found.push(["cropX2", `must be greater than cropX1, ${crop.x1}`]);
  if (crop && crop.y2 <= crop.y1) found.push(["cropY2", `must be greater than cropY1, ${crop.y1}`]);
  return found;
}

/** Where a subscription's pictures come from. */
export type Source =
  | { readonly kind: "snapshot"; readonly url: string; readonly intervalMs: number }
  | { readonly kind: "rtsp"; readonly url: string };

/** The source that is used: a snapshot address with an interval before RTSP; undefined when there is neither. */
export function sourceOf({ rtspUrl, snapshotUrl, snapshotInterval }: Partial<Subscription>): Source | undefined {
  if (snapshotUrl && snapshotInterval) return { kind: "snapshot", url: snapshotUrl, intervalMs: snapshotInterval };
  return rtspUrl ? { kind: "rtsp", url: rtspUrl } : undefined;
}

/** The part of the picture to look at, in pixels; undefined, the whole, unless all four edges are there. */
export function cropOf(
  subscription: Partial<Subscription>,
): { readonly x1: number; readonly y1: number; readonly x2: number; readonly y2: number } | undefined {
  const { cropX1: x1, cropY1: y1, cropX2: x2, cropY2: y2 } = subscription;
  if (typeof x1 !== "number" || typeof y1 !== "number" || typeof x2 !== "number" || typeof y2 !== "number") return;
  return { x1, y1, x2, y2 };
}

/** The display of a subscription identifier: what stands before the semicolon. */
export const displayOf = (identifier: string): string => identifier.slice(0, identifier.indexOf(";"));
