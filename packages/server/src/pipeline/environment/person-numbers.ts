/** The numbers of the people of one environment, shared by all its cameras: nobody is given another's. */
export interface PersonNumbers {
  /** The highest that was given. */
  last: number;
}

/** What has to be known of before. */
export interface PersonHistory {
  /** The highest number of a person in the records of an environment; 0 where there is none. */
  lastPerson(query: { readonly environment: string }): Promise<number>;
}

/** The numbers of each environment, which go on where they were when the server last ran. */
export class PersonRegister {
  readonly #history: PersonHistory;
  readonly #known = new Map<string, Promise<PersonNumbers>>();

  constructor(history: PersonHistory) {
    this.#history = history;
  }

  /** Always the same of an environment. Fails when its records cannot be read; asking again tries again. */
  numbersOf(environment: string): Promise<PersonNumbers> {
    const known = this.#known.get(environment);
    const numbers = known ?? this.#history.lastPerson({ environment }).then((last): PersonNumbers => ({ last }));
    this.#known.set(environment, numbers);
    numbers.catch(() => this.#known.delete(environment));
    return numbers;
  }
}
