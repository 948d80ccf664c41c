import { badRequest } from "./error";
import { printPath } from "./path";
import type { Attribute } from "./schema";
import type { Sort } from "./sort";
import type { Columns, Compiled } from "./sql";

/**
 * A sort as the beginning of ORDER BY; the caller adds the key that breaks ties. `offset` parameters are the caller's own.
 * Throws 400 `invalidValue` for what is kept as rows of another table.
 */
export function sortToSql({ path, isDescending }: Sort, columns: Columns, offset: number): Compiled {
  const { extension, attribute, sub } = path;
  const location = columns(path);
  const direction = isDescending ? "DESC NULLS FIRST" : "ASC NULLS LAST";
  const names = [...(extension === null ? [] : [extension]), attribute.name];
  const leaf = sub ?? attribute;
  switch (location.kind) {
    case "column":
      return { text: `${location.type ? location.sql : typed(location.sql, leaf)} ${direction}`, values: [] };
    case "array":
      return { text: `(${location.sql})[1] COLLATE "C" ${direction}`, values: [] };
    case "document": {
      const text = attribute.multiValued
        ? `(SELECT x.e #>> $${offset + 2}::text[] FROM jsonb_array_elements(${location.sql} #> $${offset + 1}::text[]) WITH ORDINALITY AS x(e, n)
            ORDER BY (x.e @> '{"primary": true}') DESC, x.n LIMIT 1)`
        : `(${location.sql} #>> $${offset + 1}::text[])`;
      const within = sub === null ? [] : [sub.name];
      const values = attribute.multiValued ? [names, within] : [[...names, ...within]];
      return { text: `${typed(text, leaf)} ${direction}`, values };
    }
    case "rows":
      throw badRequest("invalidValue", `sortBy: lists can't be ordered by ${printPath(path)}.`);
    default:
      return location satisfies never;
  }
}

/** Texts by code point, numbers and booleans as such; instants are texts of fixed width. */
function typed(sql: string, { type }: Attribute): string {
  if (type === "boolean") return `${sql}::boolean`;
  return type === "integer" || type === "decimal" ? `${sql}::numeric` : `${sql} COLLATE "C"`;
}
