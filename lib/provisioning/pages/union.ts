import { list, type Statement, statement } from "@/lib/db";
import type { ListQuery, Page } from "@/lib/scim/query/list";
import { orderBy, type SortKey, sortToSql } from "@/lib/scim/query/sort-sql";
import { count, cut, matchingOf, pageBytes, rangeOf, type Source } from "./page";
import { checkWalks, inTime } from "./patience";

/** A row's place in a page over several sources: the index of its source, its id, and its sort key. */
type Place = { part: number; id: string; sortKey: string | null; found: number };

/** A row of a page over several sources. */
type Found = { part: number; row: { id: string } };

/**
 * A page over several sources: finds the ids in their common order, as many as fit into a page's bytes, then reads each source's rows.
 * Every source has its own version of the same query.
 */
export async function findUnion(
  workspaceId: string,
  parts: readonly { query: ListQuery; source: Source }[],
): Promise<Page<Found>> {
  const [first] = parts;
  if (!first) throw new Error("a page over no sources");
  for (const { query, source } of parts)
    await checkWalks(workspaceId, matchingOf(workspaceId, query, source).walks, query, source);
  return inTime(first.query, () => readUnion(workspaceId, parts, first.query));
}

async function readUnion(
  workspaceId: string,
  parts: readonly { query: ListQuery; source: Source }[],
  query: ListQuery,
): Promise<Page<Found>> {
  let total = 0;
  for (const { query: own, source } of parts)
    total += await count(workspaceId, matchingOf(workspaceId, own, source), own, source);
  if (query.count === 0) return { total, resources: [], next: null };
  const places = await list<Place>(workspaceId, statement(...unionOf(workspaceId, parts, query)));
  const fitting = await fittingOf(workspaceId, places, parts);
  const { page, next } = cut(fitting, places[0]?.found ?? 0, query);
  const rows = await Promise.all(parts.map(({ source }, part) => rowsOf(workspaceId, page, part, source)));
  const resources = page.flatMap(({ part, id }) => {
    const row = rows[part]?.get(id);
    return row ? [{ part, row }] : []; // deleted in the meantime
  });
  return { total, resources, next };
}

/** The places up to where their rows exceed the bytes of a page; at least one. */
async function fittingOf(workspaceId: string, places: Place[], parts: readonly { source: Source }[]): Promise<Place[]> {
  const sizes = await Promise.all(parts.map(({ source }, part) => sizesOf(workspaceId, places, part, source)));
  let bytes = 0;
  const end = places.findIndex(({ part, id }, index) => {
    bytes += sizes[part]?.get(id) ?? 0;
    return index > 0 && bytes > pageBytes.read;
  });
  return end < 0 ? places : places.slice(0, end);
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
  const found = `SELECT u.part, u.id, u.key::text AS "sortKey" FROM (${texts.join(" UNION ALL ")}) u WHERE true${range.behind} ORDER BY ${order} ${range.limit}`;
  return [boundedKeys(found), values];
}

/** Limits the bytes of the keys, which may be long as well. Keeps the order. */
function boundedKeys(text: string): string {
  return `SELECT p.part, p.id, p."sortKey", p.found FROM (
      SELECT q.*, row_number() OVER () AS place, count(*) OVER () AS found,
        sum(coalesce(octet_length(q."sortKey"), 0)) OVER (ROWS UNBOUNDED PRECEDING) AS reach FROM (${text}) q) p
    WHERE p.reach <= ${pageBytes.read} OR p.place = 1 ORDER BY p.place`;
}

/** A statement on the rows that `places` has of one source; null if there are none. */
function statementOn(
  workspaceId: string,
  places: readonly Place[],
  part: number,
  source: Source,
  columns: string,
): Statement | null {
  const ids = places.filter((place) => place.part === part).map(({ id }) => id);
  if (ids.length === 0) return null;
  const text = `WITH p AS MATERIALIZED (SELECT ${source.select} FROM ${source.from} WHERE ${source.where} AND ${source.id} = ANY($2::uuid[]))
    SELECT ${columns} FROM (SELECT p.*, ${source.extra.ofPage} FROM p ${source.extra.join}) p`;
  return statement(text, [workspaceId, ids]);
}

async function sizesOf(
  workspaceId: string,
  places: readonly Place[],
  part: number,
  source: Source,
): Promise<Map<string, number>> {
  const query = statementOn(workspaceId, places, part, source, `p.id, (${source.bytes}) AS bytes`);
  const rows = query === null ? [] : await list<{ id: string; bytes: number }>(workspaceId, query);
  return new Map(rows.map(({ id, bytes }) => [id, Number(bytes)]));
}

async function rowsOf(
  workspaceId: string,
  places: readonly Place[],
  part: number,
  source: Source,
): Promise<Map<string, { id: string }>> {
  const query = statementOn(workspaceId, places, part, source, source.show(false));
  const rows = query === null ? [] : await list<{ id: string }>(workspaceId, query);
  return new Map(rows.map((row) => [row.id, row]));
}
