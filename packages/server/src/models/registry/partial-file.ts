import { mkdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { abandoned, ownPath } from "../owned.ts";
import { hash, notKept } from "../prepared.ts";

/**
 * A download that has come some way: its bytes, and by what the server knows the file they are of. It belongs to one
 * process at a time; what a process leaves unfinished, killed or not, the next one takes over.
 */
export class PartialFile implements AsyncDisposable {
  /** Where the bytes are. */
  readonly path: string;
  readonly #folder: string;
  readonly #idle: string;
  #discarded = false;

  private constructor(folder: string, idle: string) {
    this.#folder = folder;
    this.#idle = idle;
    this.path = join(folder, "data");
  }

  /** Takes over what there is of `address` in `folder`, or begins. */
  static async claim(folder: string, address: string): Promise<PartialFile> {
    const idle = join(folder, hash([address]));
    const own = ownPath(idle);
    try {
      await mkdir(folder, { recursive: true });
      for (const left of [idle, ...(await abandoned(idle))]) {
        const taken = await rename(left, own).then(
          () => true,
          () => false,
        );
        if (taken) return new PartialFile(own, idle);
      }
      await mkdir(own);
    } catch (thrown) {
      throw notKept(folder, thrown);
    }
    return new PartialFile(own, idle);
  }

  /** Bytes so far. */
  async size(): Promise<number> {
    return await stat(this.path).then(
      ({ size }) => size,
      () => 0,
    );
  }

  /** What the server gave to ask with whether the file is still the same: an entity tag or a date. */
  async validator(): Promise<string | undefined> {
    return await readFile(this.#validatorPath, "utf8").catch(() => undefined);
  }

  /** Forgets the bytes; those that come now are of the file with this validator. */
  async begin(validator: string | undefined): Promise<void> {
    try {
      await writeFile(this.path, "");
      await rm(this.#validatorPath, { force: true });
      if (validator !== undefined) await writeFile(this.#validatorPath, validator);
    } catch (thrown) {
      throw notKept(dirname(this.#folder), thrown);
    }
  }

  /** Nothing of it is of use to anybody. */
  discard(): void {
    this.#discarded = true;
  }

  /** Leaves it to whoever asks for the same address next, unless it was discarded. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#discarded && (await rename(this.#folder, this.#idle).catch(() => false)) !== false) return;
    await rm(this.#folder, { recursive: true, force: true });
  }

  get #validatorPath(): string {
    return join(this.#folder, "validator");
  }
}
