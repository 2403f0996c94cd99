import { z } from "zod";

/** The file of a bundle that says what is in it; optional. */
export const MANIFEST_NAME = "manifest.json";
/** The Ed25519 signature of the manifest's bytes, in base64. */
export const SIGNATURE_NAME = "manifest.json.sig";
/** By which our manifest is told from other files of that name. */
export const MANIFEST_FORMAT = "sensorium-bundle/1";

/** A picture and what the pipeline has to find in it. */
export const SelfTest = z.object({
  /** Path of a picture inside the bundle. */
  picture: z.string().min(1),
  expect: z.object({
    /** Classes that the root finds, at least. */
    classes: z.array(z.string().min(1)).default([]),
    /** The class that each of these branches gives, by modelId. */
    branches: z.record(z.string(), z.string()).default({}),
  }),
});
export type SelfTest = z.infer<typeof SelfTest>;

/** What is in a bundle; every file but the manifest and its signature. */
export const BundleManifest = z.object({
  format: z.literal(MANIFEST_FORMAT),
  name: z.string().min(1).optional(),
  version: z.string().min(1).optional(),
  licence: z.string().min(1).optional(),
  files: z
    .record(
      z.string(),
      z.object({ bytes: z.int().min(0), sha256: z.string().regex(/^[0-9a-f]{64}$/, "must be 64 hexadecimal digits") }),
    )
    .default({}),
  selfTest: SelfTest.optional(),
});
export type BundleManifest = z.infer<typeof BundleManifest>;
