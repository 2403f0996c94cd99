import { crc32, deflateRawSync } from "node:zlib";

/** One entry of an archive, with whatever lies it tells. */
export interface RawEntry {
  readonly name: string;
  readonly data?: string | Uint8Array;
  readonly deflated?: boolean;
  /** The compression method it claims. */
  readonly method?: number;
  readonly flags?: number;
  /** Mode of a Unix file, with its type. */
  readonly mode?: number;
  /** The length after decompression it claims. */
  readonly claimed?: number;
  readonly crc?: number;
}

const UTF8_NAMES = 0x800;
const UNIX = 3;

/** An archive byte by byte, as no honest program writes it. */
export function archiveOf(entries: readonly RawEntry[]): Uint8Array {
  const locals: Buffer[] = [];
  const central: Buffer[] = [];
  let offset = 0;
  for (const entry of entries) {
    const name = Buffer.from(entry.name);
    const plain = Buffer.from(entry.data ?? "");
    const body = entry.deflated ? deflateRawSync(plain) : plain;
    const shared = sharedHeader(entry, { name, plain, body });
    const local = Buffer.concat([uint32(0x04034b50), shared, uint16(0), name, body]);
    const attributes = uint32(((entry.mode ?? 0o100644) << 16) >>> 0);
    const made = uint16((UNIX << 8) | 20);
    const rest = Buffer.concat([uint16(0), uint16(0), uint16(0), uint16(0), attributes, uint32(offset), name]);
    central.push(Buffer.concat([uint32(0x02014b50), made, shared, rest]));
    locals.push(local);
    offset += local.length;
  }
  const directory = Buffer.concat(central);
  const count = uint16(entries.length);
  const sizes = Buffer.concat([uint32(directory.length), uint32(offset), uint16(0)]);
  const end = Buffer.concat([uint32(0x06054b50), uint16(0), uint16(0), count, count, sizes]);
  return Buffer.concat([...locals, directory, end]);
}

interface Body {
  readonly name: Buffer;
  readonly plain: Buffer;
  readonly body: Buffer;
}

/** What both headers of an entry have in common, up to the length of its name. */
function sharedHeader(entry: RawEntry, { name, plain, body }: Body): Buffer {
  return Buffer.concat([
    uint16(20),
    uint16(entry.flags ?? UTF8_NAMES),
    uint16(entry.method ?? (entry.deflated ? 8 : 0)),
    uint32(0),
    uint32(entry.crc ?? crc32(plain)),
    uint32(body.length),
    uint32(entry.claimed ?? plain.length),
    uint16(name.length),
  ]);
}

function uint16(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16LE(value);
  return bytes;
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

/** The smallest pipeline there is, around one model. */
export const smallPipeline = (more: object = {}): string =>
  JSON.stringify({
    pipeline: { modelId: "cars", modelFile: "cars.onnx", minConfidence: 0.5, triggerClasses: ["car"], ...more },
  });

/** A bundle that can be used, and more entries in it. */
export const bundleWith = (...more: readonly RawEntry[]): Uint8Array =>
  archiveOf([{ name: "pipeline.json", data: smallPipeline() }, { name: "cars.onnx", data: "a model" }, ...more]);
