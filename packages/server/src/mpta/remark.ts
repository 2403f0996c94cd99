import type { ConfigProblem } from "@sensorium/protocol/config";

/** Something that is to be said about a bundle. */
export interface Remark {
  /** The file of the bundle, and the path in it; empty for the bundle as a whole. */
  readonly where: string;
  /** The end of a sentence that begins with `where`. */
  readonly message: string;
}

/** A remark in one line, as people read it; `name` stands for the bundle itself. */
export const lineOf = ({ where, message }: Remark, name: string): string =>
  where === "" ? `${name} ${message}` : `${where}: ${message}`;

/** What is said about a value of a file. */
export const remarkOn = (file: string, { path, message }: ConfigProblem): Remark => ({
  where: path.length === 0 ? file : `${file}: ${path.join(".")}`,
  message,
});
