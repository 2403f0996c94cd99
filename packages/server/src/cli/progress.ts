import { Presets, SingleBar } from "cli-progress";

/** How far a long task has come, on standard error and only where somebody can see it. */
export class Progress implements Disposable {
  readonly #bar: SingleBar | undefined;

  /** `what` is being done, until `total` of `unit` are. */
  constructor(what: string, { total, unit }: { readonly total: number; readonly unit: string }) {
    if (!process.stderr.isTTY) return;
    this.#bar = new SingleBar(
      {
        format: `${what} {bar} {percentage} % | {value} of {total} ${unit} | ready in {eta_formatted}`,
        clearOnComplete: true,
        hideCursor: true,
      },
      Presets.shades_classic,
    );
    this.#bar.start(total, 0);
  }

  reach(value: number): void {
    this.#bar?.update(value);
  }

  [Symbol.dispose](): void {
    this.#bar?.stop();
  }
}
