const MIB = 1024 * 1024;

/** How much a bundle may be; bytes count after decompression unless they are said to be the archive's. */
export interface BundleLimits {
  readonly archiveBytes: number;
  readonly entries: number;
  readonly entryBytes: number;
  readonly totalBytes: number;
  /** Bytes that one compressed byte may become, in entries over 1 MiB. */
  readonly ratio: number;
}

export const DEFAULT_LIMITS: BundleLimits = {
  archiveBytes: 2048 * MIB,
  entries: 1000,
  entryBytes: 2048 * MIB,
  totalBytes: 4096 * MIB,
  ratio: 200,
};

/** Small files of repeated text are compressed further than any model is. */
export const RATIO_COUNTS_FROM = MIB;

/** The most that pipeline.json, and each of the manifest's files, may be, in bytes. */
export const TEXT_BYTES = MIB;
