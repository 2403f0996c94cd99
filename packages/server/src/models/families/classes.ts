/** A class and what a model gives for it; class −1 and value 0 where it gives nothing. */
export interface BestClass {
  readonly classIndex: number;
  readonly value: number;
}

/** The best of the wanted classes in one row of values, one per class. */
export function bestClass(row: Float32Array, wanted: ReadonlySet<number>): BestClass {
  let best = -1;
  let value = 0;
  for (const classIndex of wanted) {
    const candidate = row[classIndex] ?? 0;
    if (!(candidate > value)) continue;
    value = candidate;
    best = classIndex;
  }
  return { classIndex: best, value };
}

/** The best wanted class of every cell; class 0 and value 0 where a model gives nothing. */
export interface BestClasses {
  readonly values: Float32Array;
  readonly classes: Uint16Array;
}

/** What is looked for in maps of classes. */
export interface WantedClasses {
  /** In each map. */
  readonly cells: number;
  readonly wanted: ReadonlySet<number>;
  /** What a model gives less for counts as nothing. */
  readonly least: number;
}

/** The best of the wanted classes in every cell of maps [class, cell], read in the order they lie in memory. */
export function bestClasses(maps: Float32Array, { cells, wanted, least }: WantedClasses): BestClasses {
  const values = new Float32Array(cells);
  const classes = new Uint16Array(cells);
  for (const classIndex of wanted) {
    const first = classIndex * cells;
    for (let cell = 0; cell < cells; cell++) {
      const candidate = maps[first + cell] ?? 0;
      // Almost all cells are empty: they cost one comparison.
      if (candidate < least || !(candidate > (values[cell] ?? 0))) continue;
      values[cell] = candidate;
      classes[cell] = classIndex;
    }
  }
  return { values, classes };
}
