import pg from "pg";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { listStatements, type Statement, typeNamed } from "@/scripts/testing/statements";

// Every statement with the `sql` tag is given to PostgreSQL to prepare, and the columns that it would return are compared with the row that
// the code declares: rename a column, and the test names the file and the line.

type Column = { name: string; tableID: number; columnID: number; dataTypeID: number };

let client: pg.Client;
/** The names of columns that may be null, by table and number. */
const nullable = new Map<string, string>();
beforeAll(async () => {
  client = new pg.Client({ connectionString: inject("templateUrl") });
  await client.connect();
  const { rows } = await client.query(
    `SELECT attrelid::int || ' ' || attnum AS key, attname AS name FROM pg_attribute
     WHERE NOT attnotnull AND attnum > 0 AND attndims = 0 AND attrelid >= 16384`, // Prisma's lists are never null; the catalog is PostgreSQL's own
  );
  for (const { key, name } of rows) nullable.set(key, name);
  const enums = await client.query("SELECT oid::int, typarray::int AS list FROM pg_type WHERE typtype = 'e'");
  for (const { oid, list } of enums.rows) {
    kinds[oid] = "string";
    kinds[list] = "a list of an enum, which the driver doesn't parse: cast it to text[]";
  }
});
afterAll(() => client.end());

/** Has a statement parsed and described, without running it. Returns its columns; throws what PostgreSQL says of it. */
function columnsOf(text: string): Promise<Column[]> {
  return new Promise((resolve, reject) => {
    let columns: Column[] = [];
    let failure: Error | null = null;
    const query = {
      submit(connection: Record<string, (...values: unknown[]) => void>) {
        connection.parse?.({ text, name: "", types: [] }, true);
        connection.describe?.({ type: "S", name: "" }, true);
        connection.sync?.();
      },
      handleRowDescription(message: { fields: Column[] }) {
        columns = message.fields;
      },
      handleError(error: Error) {
        failure = error;
      },
      handleReadyForQuery() {
        if (failure) reject(failure);
        else resolve(columns);
      },
    };
    client.query(query as unknown as pg.Submittable);
  });
}

const kinds: Record<number, string> = {
  16: "boolean",
  17: "Buffer",
  19: "string",
  20: "number",
  21: "number",
  23: "number",
  25: "string",
  114: "json",
  701: "number",
  1009: "string[]",
  1016: "number[]",
  1007: "number[]",
  1043: "string",
  1184: "Date",
  1185: "Date[]",
  2951: "string[]",
  2950: "string",
  3802: "json",
};

type Kind = { kind: string | null; mayBe: string[] };

/** What a written type is to PostgreSQL; null where nobody can tell. `mayBe` has null and undefined, where it may be these. */
function kindOf(type: string, file: string): Kind {
  const options = type.split("|").map((one) => one.trim());
  const mayBe = options.filter((one) => ["null", "undefined", "unknown"].includes(one));
  const [first = ""] = options.filter((one) => one !== "" && !mayBe.includes(one));
  const { kind, mayBe: also } = kindOfOne(first, file);
  return { kind, mayBe: [...mayBe, ...also] };
}

function kindOfOne(type: string, file: string): Kind {
  if (/^(string|number|boolean|Date|Buffer)(\[\])?$/.test(type)) return { kind: type, mayBe: [] };
  if (type.startsWith('"')) return { kind: "string", mayBe: [] };
  if (/^(Record<|object|\{)/.test(type) && !type.endsWith("[]")) return { kind: "json", mayBe: [] };
  const element = /^(\w+)\[\]$/.exec(type)?.[1];
  const named = typeNamed(element ?? type, file);
  if (!named) return { kind: null, mayBe: [] };
  const inner = kindOf(named.text, named.file);
  if (element === undefined) return inner;
  return { kind: inner.kind === "string" || inner.kind === "number" ? `${inner.kind}[]` : null, mayBe: [] };
}

/** Whether a column that may be null can't be in this statement, because no row is joined in vain and the condition speaks of it. */
function isExcluded(text: string, name: string): boolean {
  return new RegExp(`\\b${name}"? (IS NOT NULL|[<>=])`).test(text);
}

/** What a declared row has that the statement doesn't return so. */
function wrongFields({ place, text, row, file }: Statement, columns: Column[]): string[] {
  const isOuter = /\b(LEFT|RIGHT|FULL) JOIN\b/.test(text);
  return [...(row ?? [])].flatMap(([name, type]) => {
    const { kind, mayBe } = kindOf(type, file);
    const column = columns.find((one) => one.name === name);
    if (!column && mayBe.includes("undefined")) return [];
    if (!column) return [`${place}: no column ${name}; there are ${columns.map((one) => one.name).join(", ")}`];
    const found = kinds[column.dataTypeID];
    if (kind && found && found !== "json" && kind !== found)
      return [`${place}: ${name} is ${found}, declared as ${type}`];
    const nullName = nullable.get(`${column.tableID} ${column.columnID}`);
    if (nullName === undefined || mayBe.length > 0 || isOuter || isExcluded(text, nullName)) return [];
    return [`${place}: ${name} may be null, declared as ${type}`];
  });
}

const statements = listStatements().filter(({ text }) => /^\s*(SELECT|INSERT|UPDATE|DELETE|WITH)\b/i.test(text));

test("every statement can be prepared, and returns the row that the code declares", async () => {
  expect(statements.length).toBeGreaterThan(200);
  expect(statements.filter(({ row }) => row !== null).length).toBeGreaterThan(100);
  const wrong: string[] = [];
  for (const statement of statements) {
    try {
      wrong.push(...wrongFields(statement, await columnsOf(statement.text)));
    } catch (error) {
      wrong.push(`${statement.place}: ${(error as Error).message}`);
    }
  }
  expect(wrong).toEqual([]);
});
