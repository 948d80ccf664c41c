import { badRequest } from "@/lib/scim/error";
import type { Columns, Compiled } from "@/lib/scim/filter/sql";
import { type AttributePath, printPath } from "@/lib/scim/schema/path";
import type { Attribute } from "@/lib/scim/schema/schema";
import type { Sort } from "./sort";

/** A sort key as an expression, with its PostgreSQL type. */
export type SortKey = Compiled & { type: "text" | "boolean" | "numeric" | "timestamptz" | "uuid" };

/**
 * Compiles a sort to the expression to order by; the first `offset` parameters are the caller's. Throws 400 `invalidValue` for an attribute
 * that is stored as rows of another table.
 */
export function sortToSql({ path }: Sort, columns: Columns, offset: number): SortKey {
  if (path === null) return { text: "NULL::text", values: [], type: "text" };
  const location = columns(path);
  const leaf = path.sub ?? path.attribute;
  switch (location.kind) {
    case "column": {
      const type = location.type === "time" ? "timestamptz" : (location.type ?? typeOf(leaf));
      return { text: typed(location.sql, type), values: [], type };
    }
    case "array":
      return { text: `(${location.sql})[1] COLLATE "C"`, values: [], type: "text" };
    case "document": {
      const { text, values } = path.attribute.multiValued
        ? chosenElement(location.sql, path, offset)
        : { text: `(${location.sql} #>> $${offset + 1}::text[])`, values: [namesOf(path, true)] };
      return { text: typed(text, typeOf(leaf)), values, type: typeOf(leaf) };
    }
    case "rows":
      throw badRequest("invalidValue", `sortBy: lists can't be ordered by ${printPath(path)}.`);
    default:
      return location satisfies never;
  }
}

/** The keys that lead to an attribute in a document, or to its sub-attribute. */
function namesOf({ extension, attribute, sub }: AttributePath, toPart: boolean): string[] {
  const names = [...(extension === null ? [] : [extension]), attribute.name];
  return toPart && sub !== null ? [...names, sub.name] : names;
}

/** A list is sorted by its primary element, else its first. */
function chosenElement(document: string, path: AttributePath, offset: number): Compiled {
  const text = `(SELECT x.e #>> $${offset + 2}::text[] FROM jsonb_array_elements(${document} #> $${offset + 1}::text[]) WITH ORDINALITY AS x(e, n)
    ORDER BY (x.e @> '{"primary": true}') DESC, x.n LIMIT 1)`;
  return { text, values: [namesOf(path, false), path.sub === null ? [] : [path.sub.name]] };
}

/** Numbers and booleans are sorted as such, instants as texts of fixed width. */
function typeOf({ type }: Attribute): "boolean" | "numeric" | "text" {
  if (type === "boolean") return "boolean";
  return type === "integer" || type === "decimal" ? "numeric" : "text";
}

function typed(sql: string, type: SortKey["type"]): string {
  if (type === "text") return `${sql} COLLATE "C"`;
  return type === "boolean" || type === "numeric" ? `(${sql})::${type}` : sql;
}

/** The beginning of ORDER BY: missing values come last ascending, first descending. The caller adds the tie-breaker. */
export function orderBy(expression: string, isDescending: boolean): string {
  return `${expression} ${isDescending ? "DESC NULLS FIRST" : "ASC NULLS LAST"}`;
}

/**
 * A condition for the rows after the one with this `key` and `id` (both are parameters' texts, `isNull` if the key is missing), in the
 * order of `orderBy` with ascending ids.
 */
export function afterCursor(
  expression: string,
  idColumn: string,
  after: { key: string; id: string; isNull: boolean },
  isDescending: boolean,
): string {
  const tie = `${idColumn} > ${after.id}`;
  if (after.isNull) return `(${expression} IS NULL AND ${tie})${isDescending ? ` OR ${expression} IS NOT NULL` : ""}`;
  const further = `${expression} ${isDescending ? "<" : ">"} ${after.key}`;
  return `${further} OR (${expression} = ${after.key} AND ${tie})${isDescending ? "" : ` OR ${expression} IS NULL`}`;
}
