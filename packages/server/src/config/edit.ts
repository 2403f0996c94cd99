import { createHash, randomUUID } from "node:crypto";
import { constants } from "node:fs";
import { type FileHandle, open, readFile, realpath, rename, rm, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { reasonOf, SensoriumError } from "@sensorium/protocol";
import type { ConfigFile, ConfigPath } from "@sensorium/protocol/config";
import { DEFAULT_MODEL } from "../models/catalogue.ts";
import { type Config, listOf } from "./config.ts";
import { valueAt, withoutEmpty } from "./layers.ts";
import { type ConfigRequest, type Resolved, resolveConfig } from "./resolve.ts";
import { editYaml } from "./yaml-edit.ts";
import { readYaml } from "./yaml-file.ts";
import type { Plain } from "./yaml-write.ts";

/** A configuration's text while it is being changed. */
export interface Draft {
  /** What the file says at `path`, as plain data with the names of variables; undefined where it says nothing. */
  at(path: ConfigPath): unknown;
  /** Puts a value there, or takes it out when it is undefined. */
  set(path: ConfigPath, value: Plain | undefined): void;
}

/** A change of the configuration; throws what it refuses. */
export type Edit = (draft: Draft) => void;

/** A file that was changed. */
export interface Edited {
  /** Names what the file says now; for the next edit. */
  readonly version: string;
  readonly config: Config;
}

/** What a file says of its cameras, for whoever is to change it. */
export interface ConfigReading {
  readonly version: string;
  /** What holds for cameras that say nothing else. */
  readonly defaults: CameraDefaults;
  /** By id, as they stand in the file, without their sources: nobody is shown all of those. */
  readonly cameras: Readonly<Record<string, object>>;
}

/** The defaults of the file, and the model of cameras that name none. */
export type CameraDefaults = ConfigFile["defaults"] & { readonly model: string };

export interface EditOptions {
  /** The version that the change was made for: when the file says something else by now, nothing is changed. */
  readonly version?: string | undefined;
  /** Asked before anything is written: what it throws is the reason why the change is refused. */
  approve?(config: Config): Promise<void>;
}

/** Writes changes into a configuration file, one after the other, and leaves all else in it as it was typed. */
export class ConfigEditor {
  readonly #path: string;
  readonly #request: Omit<ConfigRequest, "file">;
  #last: Promise<unknown> = Promise.resolve();

  /** `request` is what else the running configuration is made of. The file need not be there yet. */
  constructor(path: string, request: Omit<ConfigRequest, "file"> = {}) {
    this.#path = path;
    this.#request = request;
  }

  /**
   * What the file says now.
   * @throws SensoriumError "config-invalid" with a line for each problem while it cannot be used.
   */
  async read(): Promise<ConfigReading> {
    const text = await this.#read();
    const { settings, yaml } = this.#resolve(text);
    const written = withoutEmpty(yaml?.value ?? {});
    const cameras = Object.entries(settings.cameras ?? {}).map(([id, camera]) => {
      const { source: _, ...shown } = (valueAt(written, ["cameras", id]) ?? camera) as { readonly source?: unknown };
      return [id, shown] as const;
    });
    const defaults = { ...settings.defaults, model: settings.models.default ?? DEFAULT_MODEL };
    return { version: versionOf(text), defaults, cameras: Object.fromEntries(cameras) };
  }

  /**
   * Changes the file at once and durably, or not at all.
   * @throws SensoriumError "config-invalid": with a line for each problem when the result could not be used, and
   * retryable when the file was changed by somebody else.
   */
  edit(change: Edit, options: EditOptions = {}): Promise<Edited> {
    const edited = this.#last.then(() => this.#edit(change, options));
    this.#last = edited.catch(() => undefined);
    return edited;
  }

  async #edit(change: Edit, { version, approve }: EditOptions): Promise<Edited> {
    const before = await this.#read();
    if (version !== undefined && version !== versionOf(before)) throw changedMeanwhile(this.#path);
    const text = applied(before, change);
    const { config } = this.#resolve(text);
    await approve?.(config);
    if (text !== before) await this.#replace(before, text);
    return { version: versionOf(text), config };
  }

  #resolve(text: string): Extract<Resolved, { ok: true }> {
    const resolved = resolveConfig({ ...this.#request, file: { path: this.#path, text } });
    if (resolved.ok) return resolved;
    throw new SensoriumError("config-invalid", listOf(resolved.problems.map(({ sentence }) => sentence)));
  }

  async #read(): Promise<string> {
    try {
      return await readFile(this.#path, "utf8");
    } catch (thrown) {
      if ((thrown as NodeJS.ErrnoException).code === "ENOENT") return "";
      throw failed(this.#path, "read", thrown);
    }
  }

  async #replace(before: string, text: string): Promise<void> {
    try {
      const path = await realpath(this.#path).catch(() => this.#path);
      const mode = await stat(path).then(
        (found) => found.mode & 0o777,
        () => 0o600, // a new one may come to hold passwords
      );
      const temporary = join(dirname(path), `.${randomUUID()}.sensorium.tmp`);
      try {
        await writeDurably(temporary, { text, mode });
        if ((await this.#read()) !== before) throw changedMeanwhile(this.#path);
        await rename(temporary, path);
      } finally {
        await rm(temporary, { force: true });
      }
      await syncFolder(dirname(path));
    } catch (thrown) {
      throw thrown instanceof SensoriumError ? thrown : failed(this.#path, "written", thrown);
    }
  }
}

function applied(before: string, change: Edit): string {
  const { problems } = readYaml(before);
  const [problem] = problems;
  if (problem) throw new SensoriumError("config-invalid", `line ${problem.place.line}: ${problem.message}`);
  let text = before;
  change({
    at: (path) => valueAt(readYaml(text).value, path),
    set: (path, value) => {
      text = editYaml(text, path, value);
    },
  });
  return text;
}

const versionOf = (text: string): string => createHash("sha256").update(text).digest("base64url");

async function writeDurably(path: string, { text, mode }: { readonly text: string; readonly mode: number }) {
  await using file = await open(path, "wx", mode);
  await file.chmod(mode); // what the process masks out of new files was there before
  await file.writeFile(text);
  await file.sync();
}

/** Makes the new name durable, where folders can be opened for that. */
async function syncFolder(folder: string): Promise<void> {
  const file: FileHandle | undefined = await open(folder, constants.O_RDONLY).catch(() => undefined);
  await file?.sync().catch(() => undefined);
  await file?.close();
}

function changedMeanwhile(path: string): SensoriumError {
  const sentence = `${path} was changed by somebody else meanwhile: look at it again, then repeat the change`;
  return new SensoriumError("config-invalid", sentence, { retryable: true });
}

function failed(path: string, what: string, cause: unknown): SensoriumError {
  return new SensoriumError("config-invalid", `${path} cannot be ${what}: ${reasonOf(cause)}`, { cause });
}
