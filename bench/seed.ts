import type pg from "pg";
import { createAccessToken } from "@/lib/workspace/access/tokens";
import type { Actor } from "@/lib/workspace/actor";
import { addDomain, trustDomain } from "@/lib/workspace/domains/domains";
import { createWorkspace } from "@/lib/workspace/workspaces/workspaces";

/** A workspace to measure in, with a verified domain and a token that manages its people. */
export type BenchWorkspace = { id: string; domain: string; token: string; connectionId: string };

/** Rows of one statement. */
const batch = 100_000;

const given = "Ada Lin Mateo Soren Zoe Amara Kenji Priya Bjorn Chloe Dmitri Elif Fatima Goran Hana Ivo".split(" ");
const family =
  "Osei Okafor Mueller OBrien Nakamura Silva Aberg Dubois Novak Garcia Petrov Yilmaz Haddad Kovac Sato Costa".split(
    " ",
  );

/** Makes a workspace by the same use cases as the operator's command. */
export async function openBenchWorkspace(db: pg.Client, slug: string): Promise<BenchWorkspace> {
  const domain = `${slug}.test`;
  const { id } = await createWorkspace(
    { name: slug, slug, adminEmail: `admin@${domain}`, firstName: "Ada", lastName: "Admin" },
    "Bench",
  );
  const operator: Actor = { workspaceId: id, kind: "operator", id: null, name: "Bench" };
  await addDomain(operator, domain);
  await trustDomain(operator, domain);
  const scopes = ["user_management:read-write"];
  const { token, secret } = await createAccessToken(operator, {
    name: "Bench",
    scopes,
    expiresAt: null,
    connection: null,
  });
  // Leavers are part of the work here, not an accident to be held.
  await db.query(`UPDATE "Workspace" SET "massChangeHold" = false WHERE id = $1`, [id]);
  return { id, domain, token: secret, connectionId: token.connection?.id ?? "" };
}

/** The userName of a seeded person, counted from 0. */
export function seededName(domain: string, index: number): string {
  const first = given[index % given.length];
  const last = family[Math.floor(index / given.length) % family.length];
  return `${first}.${last}${index}@${domain}`;
}

const attributesOf = `CREATE OR REPLACE FUNCTION pg_temp.bench_attributes(
  first text, last text, mail text, title text, department text, city text, language text, number int
) RETURNS jsonb LANGUAGE sql IMMUTABLE AS $$
  SELECT jsonb_build_object(
    'displayName', first || ' ' || last,
    'name', jsonb_build_object('givenName', first, 'familyName', last, 'formatted', first || ' ' || last),
    'emails', jsonb_build_array(jsonb_build_object('value', mail, 'type', 'work', 'primary', true)),
    'title', title, 'preferredLanguage', language,
    'phoneNumbers', jsonb_build_array(jsonb_build_object('value', '+44 20 7946 ' || lpad(number::text, 7, '0'), 'type', 'work')),
    'addresses', jsonb_build_array(jsonb_build_object('type', 'work', 'locality', city, 'postalCode', number::text)),
    'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User',
      jsonb_build_object('employeeNumber', number::text, 'department', department))
$$`;

/** Folding is lower case here: the names are ASCII. */
const insertPeople = `
  WITH account AS (
    INSERT INTO "User" (id, email, "emailKey", "emailVerified", "firstName", "lastName")
    SELECT "userId", lower(mail), lower(mail), now(), first, last FROM bench_person ORDER BY n)
  INSERT INTO "Membership" ("workspaceId", id, state, "userId", address, "addressKey", "userName", "userNameKey", "externalId",
    "givenName", "familyName", attributes, folded, "connectionId", "createdAt", "updatedAt", "joinedAt")
  SELECT $1::uuid, id, 'active', "userId", lower(mail), lower(mail), mail, lower(mail), 'employee-' || n, first, last,
    pg_temp.bench_attributes(first, last, mail, title, department, city, 'en-GB', n),
    pg_temp.bench_attributes(lower(first), lower(last), lower(mail), lower(title), lower(department), lower(city), 'en-gb', n),
    $2::uuid, at, at, at
  FROM bench_person ORDER BY n`;

async function insertBatch(db: pg.Client, workspace: BenchWorkspace, from: number, to: number): Promise<void> {
  await db.query("BEGIN");
  await db.query(`CREATE TEMP TABLE bench_person ON COMMIT DROP AS
    SELECT n, uuidv7() AS "userId", uuidv7() AS id, first, last, first || '.' || last || n || '@${workspace.domain}' AS mail,
      ('{Accountant,Engineer,Designer,Analyst,Manager}'::text[])[1 + n % 5] AS title,
      ('{Ledger,"Research & Development",Sales,People}'::text[])[1 + n % 4] AS department,
      ('{Leeds,Krakow,Recife}'::text[])[1 + n % 3] AS city,
      date_trunc('milliseconds', now() - interval '400 days' + n * interval '10 milliseconds') AS at
    FROM (SELECT n, ('{${given.join(",")}}'::text[])[1 + n % ${given.length}] AS first,
        ('{${family.join(",")}}'::text[])[1 + n / ${given.length} % ${family.length}] AS last
      FROM generate_series(${from}, ${to - 1}) n) named`);
  await db.query(insertPeople, [workspace.id, workspace.connectionId]);
  await db.query("COMMIT");
}

/** Adds `count` active people with an account each, in the order of their ids. */
export async function seedPeople(
  db: pg.Client,
  workspace: BenchWorkspace,
  count: number,
  progress: (done: number) => void = () => {},
): Promise<void> {
  await db.query("SET synchronous_commit = off");
  await db.query(attributesOf);
  for (let from = 0; from < count; from += batch) {
    const to = Math.min(from + batch, count);
    await insertBatch(db, workspace, from, to);
    progress(to);
  }
  await db.query("RESET synchronous_commit");
}

/** Adds a team with the first `size` people of the workspace. Returns its id. */
export async function seedTeam(db: pg.Client, workspace: BenchWorkspace, size: number): Promise<string> {
  const name = `Team of ${size}`;
  const { rows } = await db.query<{ id: string }>(
    `INSERT INTO "Team" ("workspaceId", id, name, "nameKey", "nameFolded", "externalId", "connectionId") VALUES ($1, uuidv7(), $2, $3, $3, $4, $5) RETURNING id`,
    [workspace.id, name, name.toLowerCase(), `team-${size}`, workspace.connectionId],
  );
  const id = rows[0]?.id ?? "";
  await db.query(
    `INSERT INTO "TeamMember" ("workspaceId", "teamId", "membershipId")
     SELECT $1, $2, id FROM "Membership" WHERE "workspaceId" = $1 ORDER BY id LIMIT $3`,
    [workspace.id, id, size],
  );
  return id;
}

/** Other workspaces with tokens and teams of their own, and everybody in one of many teams here: tables of a few rows are planned differently. */
export async function seedCrowd(db: pg.Client, { id }: BenchWorkspace): Promise<void> {
  await db.query(
    `INSERT INTO "Workspace" (id, name, slug) SELECT uuidv7(), 'Crowd ' || n, 'crowd-' || n FROM generate_series(1, 500) n`,
  );
  await db.query(`INSERT INTO "AccessToken" ("workspaceId", id, "publicId", "secretHash", last4, name, scopes)
    SELECT id, uuidv7(), 'c' || lpad((row_number() OVER ())::text, 7, '0'), '\\x00', '0000', 'Crowd', '{user_management:read}'
    FROM "Workspace", generate_series(1, 4) WHERE slug LIKE 'crowd-%'`);
  await db.query(`INSERT INTO "Team" ("workspaceId", id, name, "nameKey", "nameFolded")
    SELECT id, uuidv7(), 'Crowd ' || n, 'crowd ' || n, 'crowd ' || n FROM "Workspace", generate_series(1, 40) n WHERE slug LIKE 'crowd-%'`);
  await db.query(
    `INSERT INTO "Team" ("workspaceId", id, name, "nameKey", "nameFolded") SELECT $1, uuidv7(), 'Crowd ' || n, 'crowd ' || n, 'crowd ' || n FROM generate_series(1, 2000) n`,
    [id],
  );
  await db.query(
    `INSERT INTO "TeamMember" ("workspaceId", "teamId", "membershipId")
     SELECT $1, t.id, m.id FROM (SELECT id, row_number() OVER (ORDER BY id) AS n FROM "Team" WHERE "workspaceId" = $1) t
     JOIN (SELECT id, row_number() OVER (ORDER BY id) AS n FROM "Membership" WHERE "workspaceId" = $1) m ON m.n % 2000 = t.n % 2000`,
    [id],
  );
}

/** The people after the first `offset`, in the order of their ids. */
export async function findSeededIds(
  db: pg.Client,
  { id }: BenchWorkspace,
  offset: number,
  count: number,
): Promise<string[]> {
  const { rows } = await db.query<{ id: string }>(
    `SELECT id FROM "Membership" WHERE "workspaceId" = $1 ORDER BY id OFFSET $2 LIMIT $3`,
    [id, offset, count],
  );
  return rows.map((row) => row.id);
}

/** What autovacuum and the checkpointer would do in the middle of a measurement, done now. */
export async function settle(db: pg.Client): Promise<void> {
  await db.query("VACUUM (ANALYZE)");
  // Only the bench's own database lets its role do this; elsewhere a checkpoint comes when it comes.
  const { rows } = await db.query<{ may: boolean }>("SELECT pg_has_role('pg_checkpoint', 'USAGE') AS may");
  if (rows[0]?.may) await db.query("CHECKPOINT");
}
