import { mkdirSync, writeFileSync } from "node:fs";

/** One figure; without a bar it is told for orientation. */
export type Figure = { work: string; measured: string; bar: string; isMet: boolean | null };

/** What a part of the run found: figures with their bars, and the numbers behind them. */
export class Report {
  readonly figures: Figure[] = [];
  readonly #name: string;
  readonly #numbers: Record<string, unknown> = {};

  constructor(name: string) {
    this.#name = name;
  }

  /** Adds a figure beside the bar it should reach. */
  add(work: string, measured: string, bar: string, isMet: boolean): void {
    this.figures.push({ work, measured, bar, isMet });
  }

  /** A figure without a bar. */
  tell(work: string, measured: string): void {
    this.figures.push({ work, measured, bar: "", isMet: null });
  }

  /** Numbers behind the figures, for the file only. */
  keep(name: string, numbers: unknown): void {
    this.#numbers[name] = numbers;
  }

  /** Writes bench/results/<part>.json. */
  save(quick: boolean): void {
    mkdirSync("bench/results", { recursive: true });
    const run = {
      at: new Date().toISOString(),
      node: process.version,
      platform: `${process.platform} ${process.arch}`,
    };
    const content = { ...run, quick, figures: this.figures, ...this.#numbers };
    writeFileSync(`bench/results/${this.#name}.json`, `${JSON.stringify(content, null, 2)}\n`);
  }
}

/** Says what is being done, for whoever watches. */
export function say(line: string): void {
  process.stdout.write(`  ${line}\n`);
}

/** Columns as wide as their widest cell. */
export function printTable(rows: string[][]): void {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const lines = rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join("  ")
      .trimEnd(),
  );
  process.stdout.write(`\n${lines.map((line) => `  ${line}\n`).join("")}`);
}

export function printFigures(figures: Figure[]): void {
  const verdict = (isMet: boolean | null) => (isMet === null ? "" : isMet ? "ok" : "miss");
  const rows = figures.map(({ work, measured, bar, isMet }) => [work, measured, bar, verdict(isMet)]);
  printTable([["work", "measured", "bar", ""], ...rows]);
}

/** A number as people read it: three digits that count. */
export function short(value: number): string {
  if (!Number.isFinite(value)) return "?";
  if (value >= 100 || Number.isInteger(value)) return Math.round(value).toLocaleString("en");
  return value.toPrecision(value >= 10 ? 3 : 2);
}
