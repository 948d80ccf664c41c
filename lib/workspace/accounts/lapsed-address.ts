import type { Tx } from "@/lib/db";
import { sql } from "@/lib/db";

/**
 * Whether nobody vouches any more for the mailbox of an account (T10): the domain of its address has lapsed in each workspace that it is
 * in, and is verified nowhere. Whoever registers such a domain anew reads the mail of everybody on it. A workspace that never
 * claimed the domain vouches by its own invite, so another one's lapse takes nothing from its people.
 */
export async function isLapsedAddress(tx: Pick<Tx, "one">, userId: string): Promise<boolean> {
  const row = await tx.one(sql`
    SELECT 1 FROM "User" u JOIN "Membership" m ON m."userId" = u.id AND m.state <> 'ended'
    JOIN "Domain" d ON d."workspaceId" = m."workspaceId" AND d.name = split_part(u."emailKey", '@', 2) AND d.state = 'lapsed'
    WHERE u.id = ${userId}
      AND NOT EXISTS (SELECT 1 FROM "Domain" v WHERE v.name = d.name AND v.state IN ('verified', 'warning'))
      AND NOT EXISTS (SELECT 1 FROM "Membership" o WHERE o."userId" = u.id AND o.state <> 'ended'
        AND NOT EXISTS (SELECT 1 FROM "Domain" l WHERE l."workspaceId" = o."workspaceId" AND l.name = d.name AND l.state = 'lapsed'))
    LIMIT 1`);
  return row !== null;
}

/** Whether somebody is an admin anywhere: for one who is locked out, the operator's word counts. */
export async function isAdminSomewhere(tx: Pick<Tx, "one">, userId: string): Promise<boolean> {
  return (
    (await tx.one(
      sql`SELECT 1 FROM "Membership" WHERE "userId" = ${userId} AND role = 'admin' AND state = 'active' LIMIT 1`,
    )) !== null
  );
}
