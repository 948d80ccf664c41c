import { normaliseHost } from "@/lib/address";
import { type DomainModel, sql, type Tx } from "@/lib/db";
import type { Actor } from "@/lib/workspace/actor";
import { record } from "@/lib/workspace/audit/record";
import { displayDomain } from "@/lib/workspace/claims/name";
import { isVerifiedDomain } from "@/lib/workspace/claims/verified";
import { notFound, refusal } from "@/lib/workspace/refusal";
import { inWorkspace } from "@/lib/workspace/transaction";

/** Whether removing this claim leaves a connected identity provider without any verified domain. */
async function isLastForProvisioning(tx: Tx, workspaceId: string, id: string): Promise<boolean> {
  const row = await tx.one<{ isLast: boolean }>(sql`
    SELECT EXISTS (SELECT 1 FROM "Domain" d WHERE "workspaceId" = ${workspaceId} AND id = ${id} AND ${isVerifiedDomain})
      AND NOT EXISTS (SELECT 1 FROM "Domain" d WHERE "workspaceId" = ${workspaceId} AND id <> ${id} AND ${isVerifiedDomain})
      AND EXISTS (SELECT 1 FROM "Connection" WHERE "workspaceId" = ${workspaceId} AND state = 'connected') AS "isLast"`);
  return row?.isLast ?? false;
}

/**
 * Removes a claim. Nobody is suspended: its people stay, and new ones are invited instead of added. To remove the last verified domain
 * while a connection is live, `confirmation` must be its typed name: afterwards nobody can be added at all.
 */
export async function removeDomain(actor: Actor, id: string, confirmation = ""): Promise<void> {
  await inWorkspace(actor.workspaceId, async (tx) => {
    const known = await tx.one<Pick<DomainModel, "name">>(
      sql`SELECT name FROM "Domain" WHERE "workspaceId" = ${actor.workspaceId} AND id = ${id} FOR UPDATE`,
    );
    if (!known) throw notFound("domain");
    const isConfirmed = normaliseHost(confirmation) === known.name;
    if (!isConfirmed && (await isLastForProvisioning(tx, actor.workspaceId, id))) {
      throw refusal("last_domain.last", { domain: displayDomain(known.name) });
    }
    const domain = await tx.one<Pick<DomainModel, "name" | "state">>(
      sql`DELETE FROM "Domain" WHERE "workspaceId" = ${actor.workspaceId} AND id = ${id} RETURNING name, state`,
    );
    if (!domain) throw notFound("domain");
    record(tx, actor, "domain.removed", { kind: "domain", id, name: domain.name }, { before: { state: domain.state } });
  });
}
