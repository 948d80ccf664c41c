import { list, statement } from "@/lib/db";
import type { Caller } from "@/lib/provisioning/http/caller";
import type { Filter } from "@/lib/scim/filter/filter";
import { type Columns, filterToSql, type Walks } from "@/lib/scim/filter/sql";
import type { Position } from "@/lib/scim/query/cursor";
import { type ListQuery, maxCount, type Page } from "@/lib/scim/query/list";
import { afterCursor, orderBy, type SortKey, sortToSql } from "@/lib/scim/query/sort-sql";
import { checkWalks, inTime } from "./patience";
import { readRows } from "./read";

/** The rows of a list. Its SQL texts are trusted; parameter 1 of `where` is the workspace. */
export type Source = {
  /** Columns to read while searching. */
  select: string;
  /**
   * Columns computed only for the rows of the page, there called `p`: `ofPage` for all of them at once, using `join`, and `ofRow` for a
   * page of one row.
   */
  extra: { ofRow: string; ofPage: string; join: string };
  /** The approximate bytes of a row `p` as it is sent, computed without building it; and the most bytes of a page. */
  bytes: string;
  most: number;
  /**
   * The output columns of a row `p`. With `isPoint` the page has at most one row, and values too long for the shared connection are left
   * out.
   */
  show: (isPoint: boolean) => string;
  from: string;
  where: string;
  id: string;
  columns: Columns;
  /** The table of the rows, which has statistics on the lengths of their lists. */
  table: "Membership" | "Team";
  /** Whether a row was read over the shared connection without its long values. */
  isTooLong?: (row: object) => boolean;
  /** How many rows there are without a filter: an expression that doesn't need to count them, or null. */
  total: string | null;
  /** Whether a row may be long, such as a group with its members. */
  hasLongRows: boolean;
};

/**
 * Bytes of a page. Large resources make a page shorter than requested, but one is always sent (D-82). Resources that are parsed and
 * serialised again, because only some of their attributes were requested, take several times that memory.
 */
export const pageBytes = { sent: 8_388_608, read: 2_796_202 };

/** A condition on a source; its first parameters are the workspace and the filter's literals. */
type Matching = { text: string; values: unknown[]; walks: Walks };

export function matchingOf(workspaceId: string, { filter }: ListQuery, source: Source, offset = 0): Matching {
  const from = `FROM ${source.from} WHERE ${source.where}`;
  if (filter === null) return { text: from, values: [workspaceId], walks: { lists: 0, rows: 0 } };
  const { text, values, walks } = filterToSql(filter, source.columns, offset + 1);
  return { text: `${from} AND ${text}`, values: [workspaceId, ...values], walks };
}

type Keyed = { id: string; sortKey?: string | null; total?: number; found?: number };

/** A page of a list: filtered, sorted, ties broken by id, with the total number of matches. */
export async function findPage<Row extends { id: string }>(
  caller: Caller,
  query: ListQuery,
  source: Source,
): Promise<Page<Row>> {
  const { workspaceId } = caller.actor;
  const matching = matchingOf(workspaceId, query, source);
  await checkWalks(workspaceId, matching.walks, query, source);
  return inTime(query, () => readAndCount<Row>(caller, matching, query, source));
}

async function readAndCount<Row extends { id: string }>(
  caller: Caller,
  matching: Matching,
  query: ListQuery,
  source: Source,
): Promise<Page<Row>> {
  const { workspaceId } = caller.actor;
  const rows = query.count === 0 ? [] : await readPage<Row & Keyed>(caller, matching, query, source);
  const found = rows[0]?.found ?? rows.length;
  const { page, next } = cut(rows, found, query);
  const isFirst = "index" in query.start ? query.start.index === 1 : query.start.after === null;
  // A short first page is the whole list.
  if (isFirst && found < query.count) return { total: found, resources: page, next };
  const total = rows[0]?.total ?? (await count(workspaceId, matching, query, source));
  return { total, resources: page, next };
}

/** Reads a row found by a unique key over the shared connection; if it is too long, reads it again on its own. */
async function readPage<Row extends Keyed>(
  caller: Caller,
  matching: Matching,
  query: ListQuery,
  source: Source,
): Promise<Row[]> {
  const isOne = isPoint(query, matching.walks, source);
  const rows = await readRows<Row>(caller, pageOf(matching, query, source, isOne));
  return isOne && rows.some((row) => source.isTooLong?.(row))
    ? readRows<Row>(caller, pageOf(matching, query, source, false))
    : rows;
}

/** A cursor request reads one extra row, which shows whether there is a next page. So does a row that was found but didn't fit. */
export function cut<Row extends Keyed>(
  rows: Row[],
  found: number,
  { start, count }: ListQuery,
): { page: Row[]; next: Position | null } {
  if ("index" in start || found <= Math.min(count, rows.length)) return { page: rows, next: null };
  const page = rows.slice(0, count);
  const last = page.at(-1);
  return { page, next: last ? { key: last.sortKey ?? null, id: last.id } : null };
}

export async function count(
  workspaceId: string,
  matching: Matching,
  { filter }: ListQuery,
  { total }: Source,
): Promise<number> {
  const counted =
    filter === null && total !== null ? `SELECT ${total} AS count` : `SELECT count(*) AS count ${matching.text}`;
  const [row] = await list<{ count: number }>(workspaceId, statement(counted, matching.values));
  return row?.count ?? 0;
}

/** Whether a query finds at most one row by a unique key, without searching a long list in it. */
function isPoint({ filter, sort }: ListQuery, { lists, rows }: Walks, { hasLongRows }: Source): boolean {
  const isQuick = sort === null && !hasLongRows && lists + rows === 0;
  return filter !== null && isQuick && namesOne(filter);
}

function namesOne(filter: Filter): boolean {
  if (filter.kind === "and") return namesOne(filter.left) || namesOne(filter.right);
  if (filter.kind !== "compare" || filter.operator !== "eq") return false;
  return filter.path.sub === null && filter.path.attribute.uniqueness === "server";
}

function pageOf(matching: Matching, query: ListQuery, source: Source, isOne: boolean) {
  const values = [...matching.values];
  const key = query.sort && sortToSql(query.sort, source.columns, values.length);
  values.push(...(key?.values ?? []));
  const range = rangeOf(query, key, source.id, values);
  const extraColumns = extraColumnsOf(query, key, source);
  const columns = [source.select, ...extraColumns.map(({ sql, name }) => `${sql} AS ${name}`)].join(", ");
  const sorted = `SELECT ${columns} ${matching.text}${range.behind} ORDER BY ${orderOf(query, key, source)}`;
  const text = query.filter === null && !range.skips ? `${withEnd(sorted)} ${range.limit}` : `${sorted} ${range.limit}`;
  const whole = isOne ? oneOf(text, source) : boundedOf(text, source, extraColumns);
  return { text: whole, values, isPoint: isOne };
}

/** Columns that a page needs in addition to the output of its rows, with the SQL that counts their bytes. */
type ExtraColumn = { name: string; sql: string; bytes: string };

function extraColumnsOf({ filter }: ListQuery, key: SortKey | null, { total }: Source): ExtraColumn[] {
  const extraColumns: ExtraColumn[] = [];
  if (key)
    extraColumns.push({
      name: '"sortKey"',
      sql: `(${key.text})::text`,
      bytes: ` + coalesce(octet_length(p."sortKey"), 0)`,
    });
  if (filter === null && total !== null) extraColumns.push({ name: "total", sql: total, bytes: "" });
  return extraColumns;
}

function orderOf({ sort }: ListQuery, key: SortKey | null, { id }: Source): string {
  return key && sort ? `${orderBy(key.text, sort.isDescending)}, ${id}` : id;
}

/**
 * Adds the limit that every page has, as a literal. By default PostgreSQL assumes that LIMIT $1 is a tenth of all rows, and so plans the
 * statement again for every request, which takes as long as running it.
 */
function withEnd(text: string): string {
  return `SELECT * FROM (${text} LIMIT ${maxCount + 1}) e`;
}

/** Selects the row that a unique key finds. */
function oneOf(text: string, { extra, show }: Source): string {
  return `SELECT ${show(true)} FROM (SELECT p.*, ${extra.ofRow} FROM (${text}) p) p`;
}

/**
 * The rows of a page that fit into its bytes, with `found`, how many there were. The inner SELECT is also evaluated for rows before OFFSET,
 * the outer one isn't. Keeps the order.
 */
function boundedOf(text: string, { extra, show, bytes, most }: Source, extraColumns: readonly ExtraColumn[]): string {
  const more = extraColumns.map(({ name }) => `, p.${name}`).join("");
  const moreBytes = extraColumns.map((one) => one.bytes).join("");
  return `WITH p AS MATERIALIZED (SELECT q.*, row_number() OVER () AS place FROM (${text}) q)
    SELECT ${show(false)}, p.found${more} FROM (
      SELECT p.*, sum(${bytes}${moreBytes}) OVER (ORDER BY p.place) AS reach, count(*) OVER () AS found
      FROM (SELECT p.*, ${extra.ofPage} FROM p ${extra.join}) p) p
    WHERE p.reach <= ${most} OR p.place = 1 ORDER BY p.place`;
}

/** Where a page begins, its length, and whether it skips existing rows; adds its parameters to `values`. */
export function rangeOf(
  { start, count, sort }: ListQuery,
  key: SortKey | null,
  id: string,
  values: unknown[],
): { behind: string; limit: string; skips: boolean } {
  if ("index" in start) {
    values.push(count);
    const limit = `LIMIT $${values.length}`;
    if (start.index === 1) return { behind: "", limit, skips: false };
    values.push(start.index - 1);
    return { behind: "", limit: `${limit} OFFSET $${values.length}`, skips: true };
  }
  const behind =
    start.after === null ? "" : ` AND (${behindOf(start.after, key, id, values, sort?.isDescending ?? false)})`;
  values.push(count + 1);
  return { behind, limit: `LIMIT $${values.length}`, skips: false };
}

function behindOf(after: Position, key: SortKey | null, id: string, values: unknown[], isDescending: boolean): string {
  values.push(after.id);
  const idText = `$${values.length}::uuid`;
  if (key === null) return `${id} > ${idText}`;
  if (after.key === null) return afterCursor(key.text, id, { key: "", id: idText, isNull: true }, isDescending);
  values.push(after.key);
  const keyText = `$${values.length}::${key.type}`;
  return afterCursor(key.text, id, { key: keyText, id: idText, isNull: false }, isDescending);
}
