/** One saved face; `jpeg` is null when its picture is gone. */
export interface SavedFace {
  readonly id: number;
  readonly jpeg: Uint8Array | null;
}

/** The saved faces as the people counter serves them. */
export interface FaceStore {
  /** Unique faces since the last daily reset. */
  count(): number;
  /** Null when no face has this id. */
  load(id: number): Promise<SavedFace | null>;
  /** At most `limit` faces, newest first. */
  loadNewest(limit: number): Promise<readonly SavedFace[]>;
}
