import type { ModelDescription } from "@sensorium/model-import";
import { SensoriumError } from "@sensorium/protocol";
import { z } from "zod";
import { familyOf, recognise } from "./families/index.ts";
import { CropSpec, InputSpec, ModelManifest, Thresholds } from "./manifest.ts";

const TASKS = ModelManifest.options.map((option) => option.shape);
const Score = z.number().min(0).max(1);

/** What somebody says of a model who knows better than its file: any part of a manifest but name and source. */
export const GivenManifest = z
  .strictObject({
    task: z.enum(TASKS.flatMap(({ task }) => [...task.values])),
    family: z.enum(TASKS.flatMap(({ family }) => [...family.options])),
    input: InputSpec.partial(),
    classes: z.array(z.string().min(1)).min(1),
    thresholds: Thresholds.partial(),
    crop: CropSpec.partial(),
    minScore: Score,
    minLikeness: Score,
    alignment: z.enum(["none", "five-points"]),
    outputs: z.array(z.string().min(1)).min(1),
    licence: z.string().min(1),
  })
  .partial();
export type GivenManifest = z.infer<typeof GivenManifest>;

/**
 * Checks what was read from a file of a user's.
 * @throws SensoriumError "config-invalid" naming `source` and what is wrong.
 */
export function parseGivenManifest(data: unknown, source: string): GivenManifest {
  const parsed = GivenManifest.safeParse(data);
  if (parsed.success) return parsed.data;
  throw new SensoriumError("config-invalid", `the manifest ${source} cannot be used: ${problemsOf(parsed.error)}`);
}

/** What a model is called and where it came from. */
export interface Naming {
  readonly name: string;
  readonly source: string;
}

/**
 * The manifest of a model: what its file tells, and what was given instead.
 * @throws SensoriumError "model-invalid" when the two contradict one another, "model-unsupported" when the file is not
 * recognised and what was given is not all that is needed.
 */
export function settleManifest(
  description: ModelDescription,
  { given, ...naming }: Naming & { readonly given: GivenManifest },
): ModelManifest {
  const told: Partial<Told> = toldBy(description, given) ?? {};
  const [names, known] = [given.classes?.length, told.classes?.length];
  if (names !== undefined && known !== undefined && names !== known) {
    throw new SensoriumError("model-invalid", `${names} class names are given and it tells ${known} classes apart`);
  }
  const parsed = ModelManifest.safeParse({
    ...{ licence: "as its publisher states", ...(given.family && { task: familyOf(given.family).task }) },
    ...{ ...told, ...given, ...naming },
    input: { ...told.input, ...given.input },
    thresholds: { ...told.thresholds, ...given.thresholds },
    crop: { ...told.crop, ...given.crop },
  });
  if (parsed.success) return parsed.data;
  const why = `what is known of it is not enough: ${problemsOf(parsed.error)}`;
  throw new SensoriumError("model-unsupported", why);
}

/** The parts of manifests that can be given in parts, whatever the task. */
type Told = Required<Pick<GivenManifest, "input" | "classes" | "thresholds" | "crop">>;

/** What the file tells; null when it is not what it is said to be, which may be right all the same. */
function toldBy(description: ModelDescription, { family }: GivenManifest): Partial<Told> | null {
  return family === undefined ? recognise(description) : familyOf(family).recognise(description);
}

function problemsOf({ issues }: z.ZodError): string {
  return issues.map(({ path, message }) => (path.length > 0 ? `${path.join(".")}: ${message}` : message)).join("; ");
}
