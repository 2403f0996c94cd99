import { invalid } from "../onnx/wire.ts";
import { unsupported } from "./errors.ts";

/** Where the content of an entry lies in a zip file. */
export interface ZipEntry {
  readonly name: string;
  readonly deflated: boolean;
  /** CRC-32 of the content. */
  readonly crc: number;
  /** Bytes of the content. */
  readonly size: number;
  /** First and last byte (exclusive) of the content as stored. */
  readonly start: number;
  readonly end: number;
}

/** An entry as the table of contents has it. */
interface ListedEntry extends Omit<ZipEntry, "start" | "end"> {
  readonly storedSize: number;
  /** Offset of the header in front of its content. */
  readonly header: number;
}

interface Directory {
  readonly offset: number;
  readonly end: number;
  readonly count: number;
}

const signatures = { local: 0x04034b50, central: 0x02014b50, end: 0x06054b50, end64: 0x06064b50, locator: 0x07064b50 };

/** Sizes of the fixed parts of the zip format's records. */
const lengths = { local: 30, central: 46, end: 22, end64: 56, locator: 20 };

/** All ones: the true number is in the 64-bit field. */
const see64 = 0xffffffff;

/** Unpacked, entries may take this many times the whole file, and this many bytes on top. Weights hardly compress. */
const maxGrowth = { factor: 20, bytes: 1 << 20 };

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/**
 * Lists the entries of a zip file (PKWARE's APPNOTE 6.3, with its 64-bit records). Throws `model-invalid` when it is
 * cut off, when names repeat, when entries overlap or leave the file, or when they would unpack to far more than the
 * file's size, and `model-unsupported` for encrypted entries and compression other than deflate.
 */
export function listEntries(bytes: Uint8Array): ReadonlyMap<string, ZipEntry> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const directory = findDirectory(view);
  const entries = new Map<string, ZipEntry>();
  let previous: ZipEntry | undefined;
  for (const listed of readDirectory(view, directory).sort((a, b) => a.header - b.header)) {
    const entry = locate(view, { listed, limit: directory.offset });
    if (entries.has(entry.name)) throw invalid(`The checkpoint is not usable: it holds ${entry.name} twice.`);
    if (previous !== undefined && listed.header < previous.end)
      throw damaged(`${entry.name} overlaps ${previous.name}`);
    entries.set(entry.name, entry);
    previous = entry;
  }
  expectBoundedGrowth(entries, bytes.length);
  return entries;
}

function findDirectory(view: DataView): Directory {
  const end = findEnd(view);
  const [disk, count] = [view.getUint16(end + 4, true), view.getUint16(end + 10, true)];
  if (disk !== 0 && disk !== 0xffff) throw unsupported("The zip file is split into several files.");
  const size = view.getUint32(end + 12, true);
  const offset = view.getUint32(end + 16, true);
  const locator = end - lengths.locator;
  const is64 = locator >= 0 && view.getUint32(locator, true) === signatures.locator;
  const directory = is64 ? readEnd64(view, locator) : { offset, end: offset + size, count };
  const limit = is64 ? locator : end;
  if (directory.end > limit || directory.count * lengths.central > directory.end - directory.offset) {
    throw damaged("its table of contents does not fit");
  }
  return directory;
}

/** The end record is the last thing in the file but for a comment of up to 64 KiB, whose length it knows. */
function findEnd(view: DataView): number {
  const last = view.byteLength - lengths.end;
  for (let at = last; at >= Math.max(0, last - 0xffff); at--) {
    if (view.getUint32(at, true) === signatures.end && view.getUint16(at + 20, true) === last - at) return at;
  }
  throw invalid("The checkpoint is cut off: the end of the zip file is missing. Download or copy it again.");
}

function readEnd64(view: DataView, locator: number): Directory {
  const at = uint64(view, locator + 8);
  if (at + lengths.end64 > locator || view.getUint32(at, true) !== signatures.end64) {
    throw damaged("its 64-bit end record is missing");
  }
  const offset = uint64(view, at + 48);
  const end = offset + uint64(view, at + 40);
  if (end > at) throw damaged("its table of contents does not fit");
  return { offset, end, count: uint64(view, at + 32) };
}

function readDirectory(view: DataView, { offset, end, count }: Directory): ListedEntry[] {
  const listed: ListedEntry[] = [];
  let at = offset;
  for (let i = 0; i < count; i++) {
    if (at + lengths.central > end || view.getUint32(at, true) !== signatures.central) {
      throw damaged("its table of contents is broken");
    }
    const variable = [28, 30, 32].reduce((sum, field) => sum + view.getUint16(at + field, true), 0);
    const next = at + lengths.central + variable;
    if (next > end) throw damaged("its table of contents is broken");
    listed.push(readListed(view, at));
    at = next;
  }
  return listed;
}

function readListed(view: DataView, at: number): ListedEntry {
  const name = readName(view, { at: at + lengths.central, length: view.getUint16(at + 28, true) });
  const method = view.getUint16(at + 10, true);
  if (view.getUint16(at + 8, true) & 1) throw unsupported(`The zip file holds ${name} encrypted.`);
  if (method !== 0 && method !== 8)
    throw unsupported(`The zip file holds ${name} compressed by the unknown method ${method}.`);
  const wide = wideFields(view, at);
  const resolve = (field: number) => {
    const narrow = view.getUint32(at + field, true);
    return narrow === see64 ? (wide.shift() ?? narrow) : narrow;
  };
  // The 64-bit fields stand in this order, each only when its narrow field is all ones.
  const size = resolve(24);
  const storedSize = resolve(20);
  const header = resolve(42);
  if (method === 0 && size !== storedSize) throw damaged(`${name} is stored in two sizes`);
  return { name, deflated: method === 8, crc: view.getUint32(at + 16, true), size, storedSize, header };
}

/** The numbers of the extra field with the id 1, which holds sizes and offsets beyond 32 bits. */
function wideFields(view: DataView, at: number): number[] {
  let extra = at + lengths.central + view.getUint16(at + 28, true);
  const end = extra + view.getUint16(at + 30, true);
  while (extra + 4 <= end) {
    const next = extra + 4 + view.getUint16(extra + 2, true);
    if (next > end) break;
    if (view.getUint16(extra, true) === 1) {
      const count = Math.min(3, Math.floor((next - extra - 4) / 8));
      return Array.from({ length: count }, (_, index) => uint64(view, extra + 4 + index * 8));
    }
    extra = next;
  }
  return [];
}

/** Finds an entry's content behind its own header, which has to tell the same name. */
function locate(view: DataView, { listed, limit }: { listed: ListedEntry; limit: number }): ZipEntry {
  const { name, deflated, crc, size, storedSize, header } = listed;
  if (header + lengths.local > limit || view.getUint32(header, true) !== signatures.local) {
    throw damaged(`${name} is not where it should be`);
  }
  const nameLength = view.getUint16(header + 26, true);
  const start = header + lengths.local + nameLength + view.getUint16(header + 28, true);
  const end = start + storedSize;
  if (end > limit) throw damaged(`${name} ends beyond the file`);
  if (readName(view, { at: header + lengths.local, length: nameLength }) !== name) {
    throw damaged(`${name} has another name in front of its content`);
  }
  return { name, deflated, crc, size, start, end };
}

function expectBoundedGrowth(entries: ReadonlyMap<string, ZipEntry>, fileSize: number): void {
  let unpacked = 0;
  for (const entry of entries.values()) if (entry.deflated) unpacked += entry.size;
  if (unpacked > maxGrowth.bytes + maxGrowth.factor * fileSize) {
    throw invalid(`The file is refused: its ${fileSize} bytes would unpack to ${unpacked}.`);
  }
}

/** A name that can be shown: other ones do not occur in checkpoints. */
function readName(view: DataView, { at, length }: { at: number; length: number }): string {
  const bytes = new Uint8Array(view.buffer, view.byteOffset + at, length);
  try {
    const name = utf8.decode(bytes);
    if (name.length <= 512 && !/\p{Cc}/u.test(name)) return name;
  } catch {
    // Refused below, like any other name that cannot be shown.
  }
  throw damaged("an entry has an unreadable name");
}

/** A 64-bit number; one beyond 2^53 is rounded, which is beyond any file all the same. */
function uint64(view: DataView, at: number): number {
  return Number(view.getBigUint64(at, true));
}

function damaged(what: string): Error {
  return invalid(`The checkpoint is damaged: ${what}.`);
}
