/** A cost matrix, row by row, and the cost at and above which a pair is impossible. */
export interface AssignmentProblem {
  /** At least rows · columns finite values. */
  readonly costs: Float32Array;
  readonly rows: number;
  readonly columns: number;
  readonly gate: number;
}

/**
 * Linear assignment: pairs rows with columns so that the sum of (gate − cost) over the pairs is the largest possible.
 * A good pair is therefore never given up to make two poor ones.
 *
 * Rows are inserted one at a time along a shortest augmenting path (Jonker and Volgenant 1987; for rectangular
 * matrices Crouse 2016, doi 10.1109/TAES.2016.140952). Working memory is kept between calls.
 */
export class Assignment {
  #problem: AssignmentProblem = { costs: new Float32Array(0), rows: 0, columns: 0, gate: 0 };
  /** The solver needs no more rows than columns: the longer side of the matrix are its columns. */
  #rows = 0;
  #columns = 0;
  #rowStride = 0;
  #columnStride = 0;
  #rowPrice = new Float64Array(0);
  #columnPrice = new Float64Array(0);
  #columnOfRow = new Int32Array(0);
  #rowOfColumn = new Int32Array(0);
  #reached = new Float64Array(0);
  #cameFrom = new Int32Array(0);
  #settled = new Uint8Array(0);
  #result = new Int32Array(0);

  /** The column paired with each row, or -1; valid until the next call. */
  solve(problem: AssignmentProblem): Int32Array {
    this.#prepare(problem);
    for (let row = 0; row < this.#rows; row++) this.#insert(row);
    return this.#pairs();
  }

  #prepare(problem: AssignmentProblem): void {
    const { rows, columns } = problem;
    const upright = rows <= columns;
    this.#problem = problem;
    this.#rows = Math.min(rows, columns);
    this.#columns = Math.max(rows, columns);
    this.#rowStride = upright ? columns : 1;
    this.#columnStride = upright ? 1 : columns;
    this.#reserve(this.#columns);
    this.#rowPrice.fill(0, 0, this.#rows);
    this.#columnPrice.fill(0, 0, this.#columns);
    this.#columnOfRow.fill(-1, 0, this.#rows);
    this.#rowOfColumn.fill(-1, 0, this.#columns);
  }

  #reserve(size: number): void {
    if (this.#reached.length >= size) return;
    const capacity = 2 * size;
    this.#rowPrice = new Float64Array(capacity);
    this.#columnPrice = new Float64Array(capacity);
    this.#columnOfRow = new Int32Array(capacity);
    this.#rowOfColumn = new Int32Array(capacity);
    this.#reached = new Float64Array(capacity);
    this.#cameFrom = new Int32Array(capacity);
    this.#settled = new Uint8Array(capacity);
    this.#result = new Int32Array(capacity);
  }

  /** Finds the cheapest way to make room for `row`, then moves every pair along it. */
  #insert(row: number): void {
    this.#reached.fill(Number.POSITIVE_INFINITY, 0, this.#columns);
    this.#settled.fill(0, 0, this.#columns);
    const free = this.#search(row);
    this.#reprice(row, this.#reached[free] ?? 0);
    let column = free;
    for (;;) {
      const from = this.#cameFrom[column] ?? row;
      const next = this.#columnOfRow[from] ?? -1;
      this.#rowOfColumn[column] = from;
      this.#columnOfRow[from] = column;
      if (from === row) return;
      column = next;
    }
  }

  /** Shortest path over reduced costs from `row` to the nearest column that is free. */
  #search(row: number): number {
    let from = row;
    let travelled = 0;
    for (;;) {
      const column = this.#nearest(from, travelled);
      this.#settled[column] = 1;
      travelled = this.#reached[column] ?? 0;
      from = this.#rowOfColumn[column] ?? -1;
      if (from < 0) return column;
    }
  }

  /** Extends the paths through row `from`, `travelled` away from the start, and picks the nearest open column. */
  #nearest(from: number, travelled: number): number {
    const { costs, gate } = this.#problem;
    const base = travelled - (this.#rowPrice[from] ?? 0);
    let best = Number.POSITIVE_INFINITY;
    let nearest = 0;
    for (let column = 0; column < this.#columns; column++) {
      if (this.#settled[column] === 1) continue;
      const cost = (costs[from * this.#rowStride + column * this.#columnStride] ?? 0) - gate;
      // An impossible pair costs as much as no pair at all, so it stands for one.
      const length = base + Math.min(0, cost) - (this.#columnPrice[column] ?? 0);
      if (length < (this.#reached[column] ?? 0)) {
        this.#reached[column] = length;
        this.#cameFrom[column] = from;
      }
      const reached = this.#reached[column] ?? 0;
      if (reached < best) {
        best = reached;
        nearest = column;
      }
    }
    return nearest;
  }

  /** Keeps reduced costs at zero on pairs and never below elsewhere, which is what makes the result optimal. */
  #reprice(row: number, shortest: number): void {
    this.#rowPrice[row] = (this.#rowPrice[row] ?? 0) + shortest;
    for (let column = 0; column < this.#columns; column++) {
      if (this.#settled[column] !== 1) continue;
      const slack = shortest - (this.#reached[column] ?? 0);
      this.#columnPrice[column] = (this.#columnPrice[column] ?? 0) - slack;
      const paired = this.#rowOfColumn[column] ?? -1;
      if (paired >= 0) this.#rowPrice[paired] = (this.#rowPrice[paired] ?? 0) + slack;
    }
  }

  #pairs(): Int32Array {
    const { costs, rows, columns, gate } = this.#problem;
    const upright = rows <= columns;
    for (let row = 0; row < rows; row++) {
      const column = (upright ? this.#columnOfRow[row] : this.#rowOfColumn[row]) ?? -1;
      const possible = column >= 0 && (costs[row * columns + column] ?? gate) < gate;
      this.#result[row] = possible ? column : -1;
    }
    return this.#result.subarray(0, rows);
  }
}
