import { all, sql, statement } from "@/lib/db";
import { translator } from "@/lib/messages/translator";
import { flushRequestLog } from "@/lib/provisioning/http/request-log";

// What must hold after every conversation, fault and history (I1–I12). Each query returns what breaks it.
// I5, I6 and the whole of I12 need to know what a client was told: histories.db.test.ts looks at those.

type Invariant = { id: string; promise: string; broken: string };

const seats = `FROM "Membership" m WHERE m."workspaceId" = w.id AND m.state IN ('invited', 'active')`;

const invariants: Invariant[] = [
  {
    id: "I1",
    promise: "seats used are the active and invited people, and never more than there are",
    broken: `SELECT 'used ' || w."seatsUsed" || ', limit ' || w."seatLimit" AS what FROM "Workspace" w WHERE w.id = $1
      AND (w."seatsUsed" <> (SELECT count(*) ${seats}) OR w."seatsUsed" > w."seatLimit")`,
  },
  {
    id: "I1",
    promise: "the history of seats adds up to who holds one",
    broken: `SELECT m."userName" || ' ' || m.state || ' ' || coalesce(sum(s.change), 0) AS what FROM "Membership" m
      LEFT JOIN "SeatChange" s ON s."workspaceId" = m."workspaceId" AND s."membershipId" = m.id
      WHERE m."workspaceId" = $1 GROUP BY m.id, m."userName", m.state
      HAVING coalesce(sum(s.change), 0) <> (m.state IN ('invited', 'active'))::int`,
  },
  {
    id: "I2",
    promise: "there is an active admin",
    broken: `SELECT 'none' AS what WHERE NOT EXISTS (
      SELECT 1 FROM "Membership" WHERE "workspaceId" = $1 AND role = 'admin' AND state = 'active' AND address IS NOT NULL)`,
  },
  {
    id: "I3",
    promise: "an address has one account, and a name one member",
    broken: `SELECT u."emailKey" AS what FROM "User" u WHERE u."emailKey" <> lower(u.email) AND $1::uuid IS NOT NULL
      UNION ALL SELECT "userNameKey" FROM "Membership" WHERE "workspaceId" = $1 AND state <> 'ended' GROUP BY "userNameKey" HAVING count(*) > 1`,
  },
  {
    id: "I4",
    promise: "who is suspended or ended has no session that this workspace speaks for",
    broken: `SELECT m."userName" AS what FROM "Membership" m JOIN "Session" s ON s."userId" = m."userId"
      WHERE m."workspaceId" = $1 AND m.state IN ('suspended', 'ended') AND s."createdAt" < coalesce(m."endedAt", m."suspendedAt")
        AND NOT EXISTS (SELECT 1 FROM "Membership" o WHERE o."userId" = m."userId" AND o.state = 'active')`,
  },
  {
    id: "I7",
    promise: "every change of a state has exactly one audit event, and the events make a chain that ends at the state",
    broken: `WITH told AS (
        SELECT e."targetId", e.id, e.action, e.before->>'state' AS before, e.after->>'state' AS after,
          lag(e.after->>'state') OVER (PARTITION BY e."targetId" ORDER BY e.id) AS previous,
          row_number() OVER (PARTITION BY e."targetId" ORDER BY e.id DESC) AS latest
        FROM "AuditEvent" e WHERE e."workspaceId" = $1 AND e."targetKind" = 'membership' AND e.after->>'state' IS NOT NULL)
      SELECT t.action || ' ' || coalesce(t.previous, '-') || ' then ' || coalesce(t.before, '-') AS what FROM told t WHERE t.before IS DISTINCT FROM t.previous
      UNION ALL SELECT m."userName" || ' is ' || m.state || ', told was ' || coalesce(t.after, 'nothing') FROM "Membership" m
        LEFT JOIN told t ON t."targetId" = m.id::text AND t.latest = 1 WHERE m."workspaceId" = $1 AND t.after IS DISTINCT FROM m.state::text`,
  },
  {
    id: "I8",
    promise: "no row points into another workspace",
    broken: `SELECT 'team member' AS what FROM "TeamMember" tm WHERE tm."workspaceId" = $1 AND NOT EXISTS (
        SELECT 1 FROM "Membership" m WHERE m."workspaceId" = $1 AND m.id = tm."membershipId")
      UNION ALL SELECT 'membership' FROM "Membership" m WHERE m."workspaceId" = $1 AND m."connectionId" IS NOT NULL AND NOT EXISTS (
        SELECT 1 FROM "Connection" c WHERE c."workspaceId" = $1 AND c.id = m."connectionId")`,
  },
  {
    id: "D2",
    promise: "an ended person is in no team",
    broken: `SELECT m."userName" AS what FROM "TeamMember" tm JOIN "Membership" m ON m."workspaceId" = tm."workspaceId" AND m.id = tm."membershipId"
      WHERE tm."workspaceId" = $1 AND m.state = 'ended'`,
  },
  {
    id: "I9",
    promise: "every mail that is due is in the outbox, once",
    broken: `SELECT e.action || ' ' || e."targetName" AS what FROM "AuditEvent" e
      WHERE e."workspaceId" = $1 AND e.action = 'membership.suspended' AND e.before->>'state' = 'active'
        AND (SELECT count(*) FROM "Mail" x WHERE x."workspaceId" = $1 AND x.kind = 'suspended' AND x."dedupeKey" LIKE 'suspended ' || e."targetId" || ' %')
          <> (SELECT count(*) FROM "AuditEvent" o WHERE o."workspaceId" = $1 AND o."targetId" = e."targetId" AND o.action = e.action AND o.before->>'state' = 'active')
      UNION ALL SELECT 'added ' || e."targetName" FROM "AuditEvent" e JOIN "Membership" m ON m."workspaceId" = $1 AND m.id::text = e."targetId"
        WHERE e."workspaceId" = $1 AND e.action = 'membership.created' AND e."actorKind" = 'token' AND e.after->>'state' = 'active' AND (SELECT count(*) FROM "Mail" x WHERE x."workspaceId" = $1 AND x.kind = 'added' AND x."dedupeKey" = 'added ' || m.id || ' 1') <> 1`,
  },
  {
    id: "I10",
    promise: "a domain is verified in one workspace at most",
    broken: `SELECT name AS what FROM "Domain" WHERE state IN ('verified', 'warning') AND $1::uuid IS NOT NULL GROUP BY name HAVING count(*) > 1`,
  },
  {
    id: "I11",
    promise: "a token has no success after it was revoked or has expired",
    broken: `SELECT r.method || ' ' || r.path AS what FROM "ScimRequest" r JOIN "AccessToken" t ON t."workspaceId" = r."workspaceId" AND t.id = r."tokenId"
      WHERE r."workspaceId" = $1 AND r.status < 400 AND r.at > least(t."revokedAt", t."expiresAt") + interval '250 milliseconds'`, // the time is taken before the commit that makes it true,
  },
  {
    id: "I12",
    promise: "a request that failed has changed nothing",
    broken: `SELECT r.method || ' ' || r.path || ' ' || r.status || ': ' || e.action AS what FROM "ScimRequest" r
      JOIN "AuditEvent" e ON e."workspaceId" = r."workspaceId" AND e."requestId" = r."requestId"
      WHERE r."workspaceId" = $1 AND r.status >= 400 AND e.action <> 'hold.opened'
        AND coalesce(r.detail, '') NOT LIKE '${translator("problems", "en")("later.outcome_unknown").split(",", 1)[0]}%' -- these said that they may have been made
        AND NOT EXISTS ( -- the operations of a Bulk share its id
        SELECT 1 FROM "ScimRequest" o WHERE o."workspaceId" = $1 AND o."requestId" = r."requestId" AND o.id <> r.id)`,
  },
];

/** Asks for the rows of a statement about a workspace. */
type Ask = (text: string) => Promise<{ what: string }[]>;

/** Every invariant that does not hold in a workspace, with what breaks it; empty when all is well. */
export async function brokenIn(ask: Ask): Promise<string[]> {
  const found: string[] = [];
  for (const { id, promise, broken } of invariants) {
    const rows = await ask(`SELECT what FROM (${broken}) b LIMIT 5`);
    found.push(...rows.map(({ what }) => `${id} ${promise}: ${what}`));
  }
  return found;
}

/** The same by this process's own database. */
export async function listBroken(workspaceId: string): Promise<string[]> {
  await flushRequestLog();
  return brokenIn((text) => all(statement(text, [workspaceId])));
}

/** What a workspace holds of a person: for what a conversation must have brought about. */
export type Standing = {
  id: string;
  state: "invited" | "active" | "suspended" | "ended";
  role: "admin" | "member";
  managed: boolean;
  address: string | null;
  hasAccount: boolean;
  /** Live sessions of the account. */
  sessions: number;
  teams: string[];
  /** Kinds of mail sent because of this person, in order. */
  mails: string[];
  /** Actions in the audit log about this person, in order. */
  audit: string[];
};

/** The latest membership with this id, or with this userName where none has it. */
export async function findStanding(workspaceId: string, idOrName: string): Promise<Standing | null> {
  const [row] = await all<Standing>(sql`
    SELECT m.id, m.state, m.role, m."connectionId" IS NOT NULL AS managed, m.address, m."userId" IS NOT NULL AS "hasAccount",
      (SELECT count(*) FROM "Session" s WHERE s."userId" = m."userId" AND s.expires > now()) AS sessions,
      ARRAY(SELECT t.name FROM "TeamMember" tm JOIN "Team" t ON t."workspaceId" = tm."workspaceId" AND t.id = tm."teamId"
        WHERE tm."workspaceId" = m."workspaceId" AND tm."membershipId" = m.id ORDER BY t."nameKey") AS teams,
      ARRAY(SELECT x.kind::text FROM "Mail" x WHERE x."workspaceId" = m."workspaceId" AND (x."dedupeKey" LIKE '% ' || m.id || ' %' OR (x.kind = 'invite' AND x."dedupeKey" IN (
        SELECT 'invite ' || i.id FROM "Invite" i WHERE i."workspaceId" = m."workspaceId" AND i."membershipId" = m.id))) ORDER BY x.id) AS mails,
      ARRAY(SELECT e.action FROM "AuditEvent" e WHERE e."workspaceId" = m."workspaceId" AND e."targetId" = m.id::text ORDER BY e.id) AS audit
    FROM "Membership" m WHERE m."workspaceId" = ${workspaceId} AND (m.id::text = ${idOrName} OR m."userNameKey" = lower(${idOrName}))
    ORDER BY m.state = 'ended', m.id DESC LIMIT 1`);
  return row ?? null;
}

/** Seats used, with the limit; null = none. */
export async function findSeats(workspaceId: string): Promise<{ used: number; limit: number | null }> {
  const [row] = await all<{ used: number; limit: number | null }>(
    sql`SELECT "seatsUsed" AS used, "seatLimit" AS limit FROM "Workspace" WHERE id = ${workspaceId}`,
  );
  return row ?? { used: 0, limit: null };
}
