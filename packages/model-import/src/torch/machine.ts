import { invalid } from "../onnx/wire.ts";
import type { PickleValue } from "./value.ts";

/**
 * Opcodes run and elements copied for one pickle. A network of 390 modules takes 70 000; a hostile pickle that uses all
 * of it stays within seconds and 500 MB.
 */
export const maxSteps = 1_000_000;

/** The stack, the marks and the memo of the machine that pickle's opcodes drive. */
export class PickleMachine {
  readonly #stack: PickleValue[] = [];
  /** Heights of the stack at which marks were set. */
  readonly #marks: number[] = [];
  readonly #memo = new Map<number, PickleValue>();
  #steps = 0;

  /** Counts work done. Throws `model-invalid` when it is more than any real checkpoint needs. */
  charge(steps: number): void {
    this.#steps += steps;
    if (this.#steps > maxSteps) throw invalid(`The checkpoint takes more than ${maxSteps} steps to read.`);
  }

  push(value: PickleValue): void {
    this.#stack.push(value);
  }

  pop(): PickleValue {
    const value = this.top();
    this.#stack.pop();
    return value;
  }

  /** The value above the last mark that is next to be popped. */
  top(): PickleValue {
    const value = this.#stack.at(-1);
    if (value === undefined || this.#stack.length <= (this.#marks.at(-1) ?? 0)) throw underflow();
    return value;
  }

  mark(): void {
    this.#marks.push(this.#stack.length);
  }

  /** Takes the last mark and everything above it. */
  popToMark(): PickleValue[] {
    const height = this.#marks.pop();
    if (height === undefined) throw underflow();
    return this.#stack.splice(height);
  }

  /** Takes one value, or the last mark when nothing lies above it. */
  discard(): void {
    if (this.#marks.at(-1) === this.#stack.length) this.#marks.pop();
    else this.pop();
  }

  /** Remembers the top under the next free number. */
  memoize(): void {
    this.remember(this.#memo.size);
  }

  /** Remembers the top under a number. */
  remember(index: number): void {
    if (index > maxSteps) throw invalid(`The checkpoint numbers a value ${index}, beyond any that it could hold.`);
    this.#memo.set(index, this.top());
  }

  recall(index: number): void {
    const value = this.#memo.get(index);
    if (value === undefined)
      throw invalid(`The checkpoint is damaged: it refers to a value ${index} that is not there.`);
    this.push(value);
  }
}

function underflow(): Error {
  return invalid("The checkpoint is damaged: its values are out of order.");
}
