/** Calls `onLate` once, unless it is restarted or disposed within `ms` each time. */
export class Deadline implements Disposable {
  readonly #timer: NodeJS.Timeout;

  constructor(ms: number, onLate: () => void) {
    this.#timer = setTimeout(onLate, ms);
  }

  restart(): void {
    this.#timer.refresh();
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
  }
}
