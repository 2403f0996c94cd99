import type { DecodedPicture, MediaInfo, OpenMediaOptions } from "../codec/codec.ts";

/** A picture as its source gave it; `restarts` marks the first one of a file that begins again. */
export interface SourcePicture {
  readonly picture: DecodedPicture;
  readonly restarts: boolean;
}

/** An opened source, whatever its kind. */
export interface OpenedSource extends AsyncDisposable {
  readonly info: MediaInfo;
  /** Its pictures can be had sooner than they are due: who wants them in time holds them back. */
  readonly ahead: boolean;
  /** From one picture to the next, where that may be long. */
  readonly intervalMs: number;
  readonly undecodable: number;
  /** Pictures that newer ones overtook before they were decoded. */
  readonly overtaken: number;
  pictures(): AsyncIterable<SourcePicture>;
  interrupt(): void;
}

export interface OpenOptions extends OpenMediaOptions {
  /** How long opening, and any one read of a live source, may take. */
  readonly timeoutMs: number;
}
