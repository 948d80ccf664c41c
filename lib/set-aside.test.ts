import { expect, test } from "vitest";
import { eachApart, isAboutRow, listSetAside, writeApart } from "./set-aside";

const withCode = (code: string) => Object.assign(new Error(code), { code });

test.each([
  ["22P05", true],
  ["22021", true],
  ["22003", true],
  ["23502", true],
  ["23514", true],
  ["54000", true],
  ["08006", false],
  ["53100", false],
  ["53300", false],
  ["57P01", false],
  ["57014", false],
  ["40P01", false],
  ["40001", false],
  ["25006", false],
  ["42P01", false],
  ["55P03", false],
  ["ECONNREFUSED", false],
  ["ECONNRESET", false],
])("A4 %s is about the row: %s", (code, expected) => {
  expect(isAboutRow(withCode(code))).toBe(expected);
});

test("A4 what our own code can't handle is about the row; a lost connection without a code isn't", () => {
  expect(isAboutRow(new TypeError("x"))).toBe(true);
  expect(isAboutRow(new RangeError("x"))).toBe(true);
  expect(isAboutRow({ kind: "refusal" })).toBe(true);
  expect(isAboutRow(new Error("Connection terminated unexpectedly"))).toBe(false);
  expect(isAboutRow(null)).toBe(false);
});

/** A table whose statements take all of their rows or none. */
const table = (bad: (row: number) => boolean, code = "22P05") => {
  const written: number[] = [];
  let statements = 0;
  const write = async (rows: readonly number[]) => {
    statements++;
    if (rows.some(bad)) throw withCode(code);
    written.push(...rows);
  };
  return { written, write, statements: () => statements };
};

test("A4 a batch is halved until the bad rows are alone; the others keep their order", async () => {
  const rows = Array.from({ length: 1_000 }, (_, n) => n);
  const { written, write, statements } = table((row) => row === 0 || row === 617 || row === 999);
  const refused: number[] = [];
  await writeApart(rows, write, (row) => refused.push(row));
  expect(refused).toEqual([0, 617, 999]);
  expect(written).toEqual(rows.filter((row) => !refused.includes(row)));
  expect(statements()).toBeLessThan(3 * 2 * 11);
});

test("A4 a moment that is bad refuses no row", async () => {
  const { write } = table((row) => row === 3, "57P01");
  const refused: number[] = [];
  await expect(writeApart([1, 2, 3, 4], write, (row) => refused.push(row))).rejects.toMatchObject({ code: "57P01" });
  expect(refused).toEqual([]);
});

test("A4 rows that are handled one by one: a bad one is counted, a bad moment is thrown", async () => {
  const done: number[] = [];
  const work = async (row: number) => {
    if (row === 2) throw withCode("23514");
    if (row === 9) throw withCode("08006");
    done.push(row);
  };
  await eachApart(
    "tokens",
    [1, 2, 3],
    work,
    () => false,
    (row) => ({ row }),
  );
  expect(done).toEqual([1, 3]);
  expect(listSetAside().tokens).toMatchObject({ count: 1, reason: "23514" });
  await expect(
    eachApart(
      "tokens",
      [4, 9, 5],
      work,
      () => false,
      (row) => ({ row }),
    ),
  ).rejects.toMatchObject({ code: "08006" });
  await eachApart(
    "tokens",
    [6, 7],
    work,
    () => true,
    (row) => ({ row }),
  );
  expect(done).toEqual([1, 3, 4]);
});
