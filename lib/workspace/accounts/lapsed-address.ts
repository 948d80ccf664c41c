import type { Tx } from "@/lib/db";
import { sql } from "@/lib/db";
import { isVerifiedDomain } from "@/lib/workspace/claims/verified";

/**
 * Whether nobody vouches for an account's mailbox any more (T10): its domain has lapsed in every workspace of the account and is verified
 * nowhere. Anyone who registers such a domain again can read all mail sent to it. A workspace that never claimed the domain vouches by its
 * own invite, so a lapse elsewhere takes nothing from its people.
 */
export async function isLapsedAddress(tx: Pick<Tx, "one">, userId: string): Promise<boolean> {
  const row = await tx.one(sql`
    SELECT 1 FROM "User" u JOIN "Membership" m ON m."userId" = u.id AND m.state <> 'ended'
    JOIN "Domain" l ON l."workspaceId" = m."workspaceId" AND l.name = split_part(u."emailKey", '@', 2) AND l.state = 'lapsed'
    WHERE u.id = ${userId}
      AND NOT EXISTS (SELECT 1 FROM "Domain" d WHERE d.name = l.name AND ${isVerifiedDomain})
      AND NOT EXISTS (SELECT 1 FROM "Membership" o WHERE o."userId" = u.id AND o.state <> 'ended'
        AND NOT EXISTS (SELECT 1 FROM "Domain" there WHERE there."workspaceId" = o."workspaceId" AND there.name = l.name AND there.state = 'lapsed'))
    LIMIT 1`);
  return row !== null;
}

/** Whether the account is an admin anywhere. The operator can let a locked-out admin in. */
export async function isAdminSomewhere(tx: Pick<Tx, "one">, userId: string): Promise<boolean> {
  return (
    (await tx.one(
      sql`SELECT 1 FROM "Membership" WHERE "userId" = ${userId} AND role = 'admin' AND state = 'active' LIMIT 1`,
    )) !== null
  );
}
