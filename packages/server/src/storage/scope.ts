/** Environments as a list that every database takes; it is not empty, and none is named by an empty text. */
export const listed = (environments: readonly string[]): readonly string[] =>
  environments.length > 0 ? environments : [""];
