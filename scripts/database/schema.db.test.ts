import { expect, inject, test } from "vitest";
import { all, sql } from "@/lib/db";
import { draftMigration, nothingToDo } from "./draft-migration";
import { migrate } from "./migrate";

// D-87: keys and references of the tables.

/** Tables that belong to no workspace: accounts and what hangs on them, the outbox, and Prisma's own. */
const global = [
  "User",
  "Account",
  "Session",
  "VerificationToken",
  "Workspace",
  "Mail",
  "Server",
  "Installation",
  "JobTurn",
  "_prisma_migrations",
];

test("the migrations say what schema.prisma says", async () => {
  const draft = await draftMigration(inject("adminUrl"));
  expect(draft.trim()).toBe(nothingToDo);
});

test("migrating again does nothing, also by two at once", async () => {
  const url = process.env.MUSTER_TEST_DATABASE_URL ?? "";
  expect(await Promise.all([migrate(url), migrate(url)])).toEqual([[], []]);
});

test("DESIGN §4 every table of a workspace has a key that begins with the workspace, and so has every reference between them", async () => {
  const tables = await all<{ name: string; key: string[] }>(sql`
    SELECT c.relname AS name, array_agg(a.attname::text ORDER BY k.place) AS key
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace AND n.nspname = 'public'
    JOIN pg_index i ON i.indrelid = c.oid AND i.indisprimary
    CROSS JOIN LATERAL unnest(i.indkey::int[]) WITH ORDINALITY AS k(number, place)
    JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = k.number
    WHERE c.relkind = 'r' GROUP BY c.relname`);
  const owned = tables.filter(({ name }) => !global.includes(name));
  expect(owned.length).toBeGreaterThan(10);
  for (const { name, key } of owned) expect(key[0], name).toBe("workspaceId");

  const references = await all<{ name: string; from: string; to: string; columns: string[] }>(sql`
    SELECT r.conname AS name, f.relname AS from, t.relname AS to, array_agg(a.attname::text ORDER BY k.place) AS columns
    FROM pg_constraint r JOIN pg_class f ON f.oid = r.conrelid JOIN pg_class t ON t.oid = r.confrelid
    JOIN pg_namespace n ON n.oid = f.relnamespace AND n.nspname = 'public'
    CROSS JOIN LATERAL unnest(r.conkey::int[]) WITH ORDINALITY AS k(number, place)
    JOIN pg_attribute a ON a.attrelid = f.oid AND a.attnum = k.number
    WHERE r.contype = 'f' GROUP BY 1, 2, 3`);
  const between = references.filter(({ to }) => !global.includes(to));
  expect(between.length).toBeGreaterThan(3);
  for (const { name, columns } of between) expect(columns[0], name).toBe("workspaceId");
});
