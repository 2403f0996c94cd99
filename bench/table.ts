import { cpus } from "node:os";

/** Rows of a printed table; every figure in it was measured in this run. */
export type Rows = readonly (readonly [name: string, figure: string, note?: string])[];

export function printTable(title: string, rows: Rows): void {
  const widths = [0, 1].map((column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  process.stdout.write(`\n${title}\n`);
  for (const [name, figure, note = ""] of rows) {
    process.stdout.write(`  ${name.padEnd(widths[0] ?? 0)}  ${figure.padStart(widths[1] ?? 0)}  ${note}\n`);
  }
}

/** The machine, for the head of a table. */
export const machine = (): string =>
  `${cpus()[0]?.model ?? "unknown CPU"}, ${cpus().length} cores, Node ${process.version}`;

/** The p-th part (0..1) of `values` in order; not a number when there are none. */
export function quantile(values: readonly number[], p: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(p * sorted.length))] ?? Number.NaN;
}

export const median = (values: readonly number[]): number => quantile(values, 0.5);

export const fixed = (value: number, digits: number, unit = ""): string =>
  `${value.toFixed(digits)}${unit && ` ${unit}`}`;
