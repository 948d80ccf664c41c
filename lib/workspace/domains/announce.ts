import { type DomainState, type MailKind, sql, type Tx } from "@/lib/db";
import type { Actor } from "@/lib/workspace/actor";
import { record } from "@/lib/workspace/audit/record";
import { displayDomain } from "@/lib/workspace/claims/name";
import { mailAdmins } from "@/lib/workspace/mail/outbox";
import { admitInvited, sendAdmissionMails } from "@/lib/workspace/members/admit";
import { contextOf } from "@/lib/workspace/members/context";
import { type Membership, updateMembership } from "@/lib/workspace/membership/row";
import type { Workspace } from "@/lib/workspace/transaction";
import type { Domain } from "./domain";

const mails: Partial<Record<DomainState, MailKind>> = {
  verified: "domain_verified",
  warning: "domain_warning",
  lapsed: "domain_lapsed",
};

export async function announce(
  tx: Tx,
  actor: Actor,
  workspace: Workspace,
  domain: Domain,
  state: DomainState,
  why: "missing" | "silent",
): Promise<void> {
  const target = { kind: "domain" as const, id: domain.id, name: domain.name };
  record(tx, actor, `domain.${state}`, target, { before: { state: domain.state }, after: { state } });
  if (state === "verified" && domain.state !== "warning") await admitInvitedOf(tx, actor, workspace, domain.name);
  const kind = mails[state];
  if (!kind) return;
  await mailAdmins(tx, workspace, kind, { domain: displayDomain(domain.name), why }, `${domain.id} ${domain.checks}`);
}

/** Once a domain is verified, invites that an identity provider created on it become memberships: same id, "added" email. */
async function admitInvitedOf(tx: Tx, actor: Actor, workspace: Workspace, domain: string): Promise<void> {
  const context = await contextOf(tx, actor, workspace);
  const invited = await tx.all<Membership>(
    sql`SELECT * FROM "Membership" WHERE "workspaceId" = ${workspace.id} AND state = 'invited' AND "connectionId" IS NOT NULL AND split_part("addressKey", '@', 2) = ${domain} ORDER BY id FOR UPDATE`,
  );
  for (const membership of invited) {
    const admitted = await admitInvited(context, membership, [membership.address ?? ""]);
    if (admitted.membership.state !== "active") continue;
    const saved = await updateMembership(tx, admitted.membership);
    await sendAdmissionMails(context, saved, admitted.mails, 0);
  }
}
