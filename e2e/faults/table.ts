import type { Tally } from "./recording-client";

/** The result of a fault: how often it was tried, what was lost or broken, and how the clients' writes ended. */
export type Row = { id: string; fault: string; tries: number; losses: string[]; tally: Tally };

export function rowOf(id: string, fault: string, tries: number, losses: string[], tally: Tally): Row {
  return { id, fault, tries, losses: [...losses, ...tally.wrong], tally };
}

const heads = ["", "fault", "tries", "lost", "acknowledged", "refused", "not known", "slowest"];

/** All rows as a table for people. */
export function tableOf(rows: Row[]): string {
  const cells = rows.map(({ id, fault, tries, losses, tally }) => [
    id,
    fault,
    String(tries),
    String(losses.length),
    String(tally.acknowledged),
    String(tally.refused),
    String(tally.unknown),
    `${tally.slowest.toFixed(1)} s`,
  ]);
  const all = [heads, ...cells];
  const widths = heads.map((_, column) => Math.max(...all.map((row) => row[column]?.length ?? 0)));
  const lines = all.map((row) =>
    `  ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join("  ")}`.trimEnd(),
  );
  const losses = rows.flatMap(({ id, fault, losses: lost }) =>
    lost.slice(0, 20).map((what) => `  ${id} ${fault}: ${what}`),
  );
  return [...lines, ...(losses.length > 0 ? ["", "  Lost or wrong:", ...losses] : [])].join("\n");
}
