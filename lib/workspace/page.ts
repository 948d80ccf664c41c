export type PageQuery = { cursor?: string | undefined; limit: number };

type Page<Row> = { rows: Row[]; nextCursor: string | null };

/** Builds a page from one row more than requested; the extra row means that there is a next page. */
export function pageOf<Row extends { id: string }>(found: Row[], limit: number): Page<Row> {
  const rows = found.slice(0, limit);
  return { rows, nextCursor: found.length > limit ? (rows.at(-1)?.id ?? null) : null };
}
