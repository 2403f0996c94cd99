/** Who is where in an environment, and which camera sees them. */
export class Crowd<Camera> {
  /** By zone, null for the whole; each person with the camera that sees them, in the order in which they came. */
  readonly #zones = new Map<string | null, Map<number, Camera>>();

  /** Takes somebody in or out; undefined where that changes nothing. */
  change(
    { zone, person, entered }: { readonly zone: string | null; readonly person: number; readonly entered: boolean },
    camera: Camera,
  ): { readonly current: number; readonly previous: number } | undefined {
    const people = this.#in(zone);
    const previous = people.size;
    if (entered) people.set(person, camera);
    else people.delete(person);
    return people.size === previous ? undefined : { current: people.size, previous };
  }

  /** How many are there. */
  count(zone: string | null): number {
    return this.#zones.get(zone)?.size ?? 0;
  }

  /** Who is there. */
  in(zone: string | null): ReadonlyMap<number, Camera> {
    return this.#in(zone);
  }

  /** A camera's part of a zone is no more: whoever it saw there is not counted any more. */
  forget(zone: string, camera: Camera): void {
    const people = this.#in(zone);
    for (const [person, seenBy] of people) if (seenBy === camera) people.delete(person);
  }

  #in(zone: string | null): Map<number, Camera> {
    const known = this.#zones.get(zone);
    if (known) return known;
    const people = new Map<number, Camera>();
    this.#zones.set(zone, people);
    return people;
  }
}
