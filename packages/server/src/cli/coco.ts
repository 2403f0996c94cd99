import { existsSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { basename, join, relative, resolve } from "node:path";
import type { TrueObjects } from "@sensorium/perception";
import { reasonOf, SensoriumError, type Size } from "@sensorium/protocol";
import { z } from "zod";

const Id = z.number().int();
const Annotations = z.object({
  images: z.array(
    z.object({
      id: Id,
      file_name: z.string().min(1),
      width: z.number().int().min(1),
      height: z.number().int().min(1),
    }),
  ),
  annotations: z.array(
    z.object({
      image_id: Id,
      category_id: Id,
      /** Left, top, width, height in pixels. */
      bbox: z.tuple([z.number(), z.number(), z.number().min(0), z.number().min(0)]),
      iscrowd: z.union([z.literal(0), z.literal(1)]).default(0),
    }),
  ),
  categories: z
    .array(z.object({ id: Id, name: z.string().min(1) }))
    .min(1)
    .max(0xffff),
});
type Annotations = z.infer<typeof Annotations>;

/** A picture with what is in it. */
export interface LabelledPicture {
  readonly path: string;
  readonly size: Size;
  /** Classes are indices into the set's. */
  readonly truth: TrueObjects;
}

/** Pictures and the boxes that people drew on them. */
export interface LabelledPictures {
  readonly classes: readonly string[];
  readonly pictures: readonly LabelledPicture[];
}

/**
 * Reads a folder as COCO arranges it: boxes in `annotations/<any>_<set>.json`, pictures in `<set>/`, `images/<set>/` or
 * `images/`. Of several sets the first whose pictures are there is taken, unless `annotations` names a file.
 * @throws SensoriumError "config-invalid" with one sentence naming what is missing or wrong.
 */
export async function readCoco(folder: string, annotations?: string): Promise<LabelledPictures> {
  const given = annotations === undefined ? await annotationFiles(folder) : [resolve(annotations)];
  for (const file of given) {
    const read = await readAnnotations(file);
    const pictures = read.images[0] && pictureFolder(folder, { file, first: read.images[0].file_name });
    if (pictures !== undefined) return labelled(read, { file, pictures });
  }
  const tried = given.map((file) => basename(file)).join(", ") || "none";
  throw invalid(`${folder} has no annotations with their pictures (annotations: ${tried})`);
}

async function annotationFiles(folder: string): Promise<string[]> {
  const within = join(folder, "annotations");
  if (!existsSync(within)) throw invalid(`${folder} has no folder annotations`);
  const names = (await readdir(within)).filter((name) => name.endsWith(".json"));
  return names.sort().map((name) => resolve(within, name));
}

async function readAnnotations(file: string): Promise<Annotations> {
  let json: unknown;
  try {
    json = JSON.parse(await readFile(file, "utf8"));
  } catch (thrown) {
    throw invalid(`${basename(file)} cannot be read: ${reasonOf(thrown)}`);
  }
  const parsed = Annotations.safeParse(json);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw invalid(`${basename(file)} holds no COCO boxes: ${issue?.path.join(".")}: ${issue?.message}`);
}

function pictureFolder(folder: string, { file, first }: { file: string; first: string }): string | undefined {
  const set = basename(file, ".json").split("_").at(-1) ?? "";
  const places = [join(folder, set), join(folder, "images", set), join(folder, "images")];
  return places.find((place) => existsSync(join(place, first)));
}

function labelled(
  { images, annotations, categories }: Annotations,
  { file, pictures }: { readonly file: string; readonly pictures: string },
): LabelledPictures {
  const classOf = new Map(categories.map(({ id }, index) => [id, index]));
  const boxesOf = new Map(images.map(({ id }) => [id, [] as LabelledBox[]]));
  for (const { image_id, category_id, bbox, iscrowd } of annotations) {
    const classIndex = classOf.get(category_id);
    const boxes = boxesOf.get(image_id);
    if (classIndex === undefined || !boxes) {
      throw invalid(`${basename(file)} has a box of an unknown picture ${image_id} or category ${category_id}`);
    }
    boxes.push({ bbox, classIndex, crowd: iscrowd });
  }
  return {
    classes: categories.map(({ name }) => name),
    pictures: images.map(({ id, file_name, width, height }) => ({
      path: pathWithin(pictures, file_name),
      size: { width, height },
      truth: truthOf(boxesOf.get(id) ?? []),
    })),
  };
}

interface LabelledBox {
  readonly bbox: readonly [left: number, top: number, width: number, height: number];
  readonly classIndex: number;
  readonly crowd: 0 | 1;
}

const truthOf = (boxes: readonly LabelledBox[]): TrueObjects => ({
  count: boxes.length,
  boxes: Float32Array.from(boxes.flatMap(({ bbox: [x, y, width, height] }) => [x, y, x + width, y + height])),
  classes: Uint16Array.from(boxes, ({ classIndex }) => classIndex),
  crowds: Uint8Array.from(boxes, ({ crowd }) => crowd),
});

/** A name from a file must not lead out of its folder. */
function pathWithin(folder: string, name: string): string {
  const path = resolve(folder, name);
  if (relative(folder, path).startsWith("..")) throw invalid(`the picture ${name} lies outside ${folder}`);
  return path;
}

const invalid = (why: string): SensoriumError => new SensoriumError("config-invalid", why);
