import { iouMatrix } from "../geometry/iou.ts";
import { Assignment } from "./assignment.ts";

/** Some of the items of a struct of arrays: those at `indices`. */
export interface Chosen {
  readonly boxes: Float32Array;
  readonly classes: Uint16Array;
  readonly indices: readonly number[];
}

/** What speaks for (above 0) or against (below 0) a pair, in terms of overlap; takes indices, not positions. */
export type Bonus = (known: number, found: number) => number;

/** Which pairs are possible, and which of those are better. */
export interface AssociationRule {
  /** Partners overlap by more than this. */
  readonly minIou: number;
  readonly bonus?: Bonus | undefined;
}

/** Pairs boxes by overlap, each with one of its own class. Working memory is kept between calls. */
export class Association {
  readonly #assignment = new Assignment();
  #costs = new Float32Array(0);
  readonly #known = new Gathered();
  readonly #found = new Gathered();

  /**
   * For each of `known.indices` the position in `found.indices` of its partner, or -1; partners overlap by more than
   * `minIou`, and the sum of what they overlap beyond it, with their bonus, is the largest possible. Valid until the
   * next call.
   */
  match(known: Chosen, found: Chosen, { minIou, bonus }: AssociationRule): Int32Array {
    const gate = 1 - minIou;
    this.#known.take(known);
    this.#found.take(found);
    this.#price();
    if (bonus) this.#favour(gate, (row, column) => bonus(known.indices[row] ?? 0, found.indices[column] ?? 0));
    return this.#assignment.solve({ costs: this.#costs, rows: this.#known.count, columns: this.#found.count, gate });
  }

  /** Fills the cost matrix with 1 − overlap, which is 1, beyond every gate, between classes. */
  #price(): void {
    const known = this.#known;
    const found = this.#found;
    const cells = known.count * found.count;
    if (this.#costs.length < cells) this.#costs = new Float32Array(2 * cells);
    const costs = iouMatrix(known, found, this.#costs);
    for (let i = 0; i < known.count; i++) {
      for (let j = 0; j < found.count; j++) {
        const cell = i * found.count + j;
        costs[cell] = known.classes[i] === found.classes[j] ? 1 - (costs[cell] ?? 0) : 1;
      }
    }
  }

  /** Takes the bonus of every possible pair off its cost; what is impossible stays so. */
  #favour(gate: number, bonus: Bonus): void {
    const columns = this.#found.count;
    for (let cell = 0; cell < this.#known.count * columns; cell++) {
      const cost = this.#costs[cell] ?? 1;
      if (cost < gate) this.#costs[cell] = cost - bonus(Math.floor(cell / columns), cell % columns);
    }
  }
}

/** Chosen items side by side, so that the matrix loops run over dense memory. */
class Gathered {
  count = 0;
  boxes = new Float32Array(0);
  classes = new Uint16Array(0);

  take({ boxes, classes, indices }: Chosen): void {
    this.count = indices.length;
    if (this.classes.length < this.count) {
      this.boxes = new Float32Array(8 * this.count);
      this.classes = new Uint16Array(2 * this.count);
    }
    for (let to = 0; to < this.count; to++) {
      const from = indices[to] ?? 0;
      this.classes[to] = classes[from] ?? 0;
      for (let corner = 0; corner < 4; corner++) this.boxes[4 * to + corner] = boxes[4 * from + corner] ?? 0;
    }
  }
}
