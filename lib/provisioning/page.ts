import { all, one, statement } from "@/lib/db";
import type { Position } from "@/lib/scim/cursor";
import type { Filter } from "@/lib/scim/filter";
import { type ListQuery, maxCount, type Page } from "@/lib/scim/list";
import { isBehind, orderBy, type SortKey, sortToSql } from "@/lib/scim/sort-sql";
import { type Columns, filterToSql } from "@/lib/scim/sql";
import type { Caller } from "./caller";
import { readRows } from "./read";

/** The rows that a list is of; texts are trusted, `where` has the workspace as its parameter 1. */
export type Source = {
  select: string;
  /**
   * Columns that are worked out for the rows of the page only, called `p` there; null for none. `ofRow` is an expression for one of
   * them, `ofPage` a statement that gives the same for all of them, each with its row's id as `owner`; null where that is no faster.
   */
  outer: { ofRow: string; ofPage: string | null } | null;
  from: string;
  where: string;
  id: string;
  columns: Columns;
  /** How many rows there are without a filter: an expression that need not count them, or null. */
  total: string | null;
  /** Whether a row may be long to read, such as a group with its members. */
  hasLongRows: boolean;
};

/** A condition on a source, with the workspace and the filter's literals as its first parameters. */
type Matching = { text: string; values: unknown[] };

function matchingOf(workspaceId: string, { filter }: ListQuery, source: Source, offset = 0): Matching {
  const from = `FROM ${source.from} WHERE ${source.where}`;
  if (filter === null) return { text: from, values: [workspaceId] };
  const { text, values } = filterToSql(filter, source.columns, offset + 1);
  return { text: `${from} AND ${text}`, values: [workspaceId, ...values] };
}

type Keyed = { id: string; sortKey?: string | null; total?: number };

/** A page of a list: filtered, sorted, ties broken by id, and how many match in all. */
export async function findPage<Row extends { id: string }>(
  caller: Caller,
  query: ListQuery,
  source: Source,
): Promise<Page<Row>> {
  const { workspaceId } = caller.actor;
  const matching = matchingOf(workspaceId, query, source);
  const rows = query.count === 0 ? [] : await readRows<Row & Keyed>(caller, pageOf(matching, query, source));
  const { shown, next } = cut(rows, query);
  const isFirst = "index" in query.start ? query.start.index === 1 : query.start.after === null;
  // A short first page is everything there is.
  if (isFirst && rows.length < query.count) return { total: rows.length, resources: shown, next };
  const total = rows[0]?.total ?? (await count(matching, query, source));
  return { total, resources: shown, next };
}

/** A walk by cursor asks for one row more, which tells whether there is a next page. */
function cut<Row extends Keyed>(rows: Row[], { start, count }: ListQuery): { shown: Row[]; next: Position | null } {
  if ("index" in start || rows.length <= count) return { shown: rows, next: null };
  const shown = rows.slice(0, count);
  const last = shown.at(-1);
  return { shown, next: last ? { key: last.sortKey ?? null, id: last.id } : null };
}

async function count(matching: Matching, { filter }: ListQuery, { total }: Source): Promise<number> {
  const counted =
    filter === null && total !== null ? `SELECT ${total} AS count` : `SELECT count(*) AS count ${matching.text}`;
  return (await one<{ count: number }>(statement(counted, matching.values)))?.count ?? 0;
}

/** Whether a query finds one row at most, by a key of its own. */
function isPoint({ filter, sort }: ListQuery, { hasLongRows }: Source): boolean {
  return filter !== null && sort === null && !hasLongRows && namesOne(filter);
}

function namesOne(filter: Filter): boolean {
  if (filter.kind === "and") return namesOne(filter.left) || namesOne(filter.right);
  if (filter.kind !== "compare" || filter.operator !== "eq") return false;
  return filter.path.sub === null && filter.path.attribute.uniqueness === "server";
}

function pageOf(matching: Matching, query: ListQuery, source: Source) {
  const values = [...matching.values];
  const key = query.sort && sortToSql(query.sort, source.columns, values.length);
  values.push(...(key?.values ?? []));
  const range = rangeOf(query, key, source.id, values);
  const columns = [
    source.select,
    ...(key ? [`(${key.text})::text AS "sortKey"`] : []),
    ...(query.filter === null && source.total !== null ? [`${source.total} AS total`] : []),
  ];
  const order = key && query.sort ? `${orderBy(key.text, query.sort.isDescending)}, ${source.id}` : source.id;
  const sorted = `SELECT ${columns.join(", ")} ${matching.text}${range.behind} ORDER BY ${order}`;
  const text = query.filter === null && !range.skips ? `${withEnd(sorted)} ${range.limit}` : `${sorted} ${range.limit}`;
  const isOne = isPoint(query, source);
  return { text: withOuter(text, source, isOne), values, isPoint: isOne };
}

/**
 * The end that every page has, told as a number: left to itself PostgreSQL takes LIMIT $1 to be a tenth of all there is, and so plans
 * the statement anew for every request, which takes as long as running it.
 */
function withEnd(text: string): string {
  return `SELECT * FROM (${text} LIMIT ${maxCount + 1}) e`;
}

/** What stands in a SELECT is worked out for the rows before OFFSET as well; what stands around it is not. Keeps the order. */
function withOuter(text: string, { outer }: Source, isOne = false): string {
  if (outer === null) return text;
  if (isOne || outer.ofPage === null) return `SELECT p.*, ${outer.ofRow} FROM (${text}) p`;
  return `WITH p AS MATERIALIZED (SELECT q.*, row_number() OVER () AS place FROM (${text}) q)
    SELECT p.*, o.* FROM p LEFT JOIN (${outer.ofPage}) o ON o.owner = p.id ORDER BY p.place`;
}

/** Where a page begins and how long it is, and whether that skips rows that are there; adds its parameters to `values`. */
function rangeOf(
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
  if (after.key === null) return isBehind(key.text, id, { key: "", id: idText, isNull: true }, isDescending);
  values.push(after.key);
  const keyText = `$${values.length}::${key.type}`;
  return isBehind(key.text, id, { key: keyText, id: idText, isNull: false }, isDescending);
}

/** A part of a page over several sources: which of them, and the id of its row. */
type Place = { part: number; id: string; sortKey: string | null };

/**
 * A page over several sources at once: the ids in their common order, then the rows of each. Every source has its own reading of one
 * and the same query.
 */
export async function findUnion(
  workspaceId: string,
  parts: readonly { query: ListQuery; source: Source }[],
): Promise<Page<{ part: number; row: { id: string } }>> {
  const [first] = parts;
  if (!first) throw new Error("a page over no sources");
  const totals = await Promise.all(
    parts.map(({ query, source }) => count(matchingOf(workspaceId, query, source), query, source)),
  );
  const total = totals.reduce((sum, one) => sum + one, 0);
  const { count: wanted } = first.query;
  if (wanted === 0) return { total, resources: [], next: null };
  const places = await all<Place>(statement(...unionOf(workspaceId, parts, first.query)));
  const { shown, next } = cut(places, first.query);
  const rows = await Promise.all(parts.map(({ source }, part) => rowsOf(workspaceId, shown, part, source)));
  const resources = shown.flatMap(({ part, id }) => {
    const row = rows[part]?.get(id);
    return row ? [{ part, row }] : []; // deleted since it was found
  });
  return { total, resources, next };
}

function unionOf(
  workspaceId: string,
  parts: readonly { query: ListQuery; source: Source }[],
  query: ListQuery,
): [text: string, values: unknown[]] {
  const values: unknown[] = [workspaceId];
  const types = parts.map(({ query: { sort }, source }) => sort?.path && sortToSql(sort, source.columns, 0).type);
  const type = types.find((one) => one) ?? "text";
  const texts = parts.map(({ query: own, source }, part) => {
    const matching = matchingOf(workspaceId, own, source, values.length - 1);
    values.push(...matching.values.slice(1));
    const key = own.sort?.path ? sortToSql(own.sort, source.columns, values.length) : null;
    values.push(...(key?.values ?? []));
    return `SELECT ${part} AS part, ${source.id} AS id, ${key ? `(${key.text})` : "NULL"}::${type}${type === "text" ? ' COLLATE "C"' : ""} AS key ${matching.text}`;
  });
  const key: SortKey | null = query.sort ? { text: "u.key", values: [], type } : null;
  const range = rangeOf(query, key, "u.id", values);
  const order = query.sort ? `${orderBy("u.key", query.sort.isDescending)}, u.id` : "u.id";
  return [
    `SELECT u.part, u.id, u.key::text AS "sortKey" FROM (${texts.join(" UNION ALL ")}) u WHERE true${range.behind} ORDER BY ${order} ${range.limit}`,
    values,
  ];
}

async function rowsOf(
  workspaceId: string,
  places: readonly Place[],
  part: number,
  source: Source,
): Promise<Map<string, { id: string }>> {
  const ids = places.filter((place) => place.part === part).map(({ id }) => id);
  if (ids.length === 0) return new Map();
  const text = `SELECT ${source.select} FROM ${source.from} WHERE ${source.where} AND ${source.id} = ANY($2::uuid[])`;
  const rows = await all<{ id: string }>(statement(withOuter(text, source), [workspaceId, ids]));
  return new Map(rows.map((row) => [row.id, row]));
}
