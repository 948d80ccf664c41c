import { all, one, statement } from "@/lib/db";
import type { ListQuery } from "@/lib/scim/list";
import { sortToSql } from "@/lib/scim/sort-sql";
import { type Columns, filterToSql } from "@/lib/scim/sql";

/** The rows that a list is of; texts are trusted, `where` has the workspace as its parameter 1. */
export type Source = { select: string; from: string; where: string; id: string; columns: Columns };

const none = { text: "", values: [] };

/** A page of a list: filtered, sorted, ties broken by id, and how many match in all. */
export async function findPage<Row extends object>(
  workspaceId: string,
  query: ListQuery,
  { select, from, where, id, columns }: Source,
): Promise<{ total: number; rows: Row[] }> {
  const filter = query.filter ? filterToSql(query.filter, columns, 1) : none;
  const matching = `FROM ${from} WHERE ${where}${filter.text === "" ? "" : ` AND ${filter.text}`}`;
  const values = [workspaceId, ...filter.values];
  const sort = query.sort ? sortToSql(query.sort, columns, values.length) : none;
  const at = values.length + sort.values.length;
  const order = sort.text === "" ? id : `${sort.text}, ${id}`;
  const text = `SELECT ${select} ${matching} ORDER BY ${order} LIMIT $${at + 1} OFFSET $${at + 2}`;
  const page = [...values, ...sort.values, query.count, query.startIndex - 1];
  const rows = query.count === 0 ? [] : await all<Row>(statement(text, page));
  const isWhole = query.startIndex === 1 && rows.length < query.count; // a short first page is everything there is
  if (isWhole) return { total: rows.length, rows };
  const count = await one<{ count: number }>(statement(`SELECT count(*) AS count ${matching}`, values));
  return { total: count?.count ?? 0, rows };
}
