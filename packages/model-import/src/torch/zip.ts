import { invalid } from "../onnx/wire.ts";
import { crc32 } from "./crc32.ts";
import { inflate } from "./inflate.ts";
import { listEntries, type ZipEntry } from "./zip-directory.ts";

/** What a zip file holds. Contents are checked when they are read. */
export class ZipArchive {
  readonly #bytes: Uint8Array;
  readonly #entries: ReadonlyMap<string, ZipEntry>;

  /**
   * Reads the table of contents. Throws `model-invalid` when the file is cut off or its entries contradict each other,
   * and `model-unsupported` for encrypted entries and unusual compression.
   */
  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#entries = listEntries(bytes);
  }

  /** Names of all entries, in the order of their contents. */
  get names(): readonly string[] {
    return [...this.#entries.keys()];
  }

  /**
   * The content of an entry, undefined when there is none; a stored one is a view on the file. Throws `model-invalid`
   * when the content is not what was written.
   */
  async read(name: string): Promise<Uint8Array | undefined> {
    const entry = this.#entries.get(name);
    if (entry === undefined) return undefined;
    const stored = this.#bytes.subarray(entry.start, entry.end);
    const content = entry.deflated ? await inflate(stored, entry) : stored;
    if (crc32(content) !== entry.crc) {
      throw invalid(`The checkpoint is damaged: the checksum of ${name} is wrong. Download or copy it again.`);
    }
    return content;
  }
}
