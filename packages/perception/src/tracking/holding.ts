/** `larger`, a new typed array, with the elements of `held` at its beginning. */
export function holding<T extends { set(held: T): void }>(larger: T, held: T): T {
  larger.set(held);
  return larger;
}
