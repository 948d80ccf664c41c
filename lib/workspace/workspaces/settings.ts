import { prisma } from "@/lib/database/pool";
import { one, sql } from "@/lib/db";
import { env } from "@/lib/env";
import { typedName } from "@/lib/name";
import type { Actor } from "@/lib/workspace/actor";
import { record } from "@/lib/workspace/audit/record";
import { contextOf } from "@/lib/workspace/members/context";
import { grantHeldRoles } from "@/lib/workspace/members/roles";
import { notFound, refusal } from "@/lib/workspace/refusal";
import { countSeatsUsed } from "@/lib/workspace/seats/seats";
import { inWorkspace, type Workspace } from "@/lib/workspace/transaction";

export async function findSettings(workspaceId: string) {
  const row = await prisma().workspace.findUnique({ where: { id: workspaceId } });
  if (!row) throw notFound("workspace");
  return {
    name: row.name,
    slug: row.slug,
    plan: row.plan,
    seatLimit: row.seatLimit,
    seatsUsed: await countSeatsUsed({ one }, workspaceId),
    automaticSeatAssignment: row.automaticSeatAssignment,
    seatMonthlyCap: row.seatMonthlyCap,
    scimEnabled: row.scimEnabled,
    scimMayGrantAdmin: row.scimMayGrantAdmin,
    strictProfile: row.strictProfile,
    massChangeHold: row.massChangeHold,
    scimUrl: `${env().MUSTER_URL}/scim/v2`,
  };
}

type Settings = Pick<
  Workspace,
  | "name"
  | "plan"
  | "automaticSeatAssignment"
  | "seatMonthlyCap"
  | "scimEnabled"
  | "scimMayGrantAdmin"
  | "strictProfile"
  | "massChangeHold"
>;

/** undefined: unchanged. */
export type SettingsPatch = { [Name in keyof Settings]?: Settings[Name] | undefined };

function settingsOf(workspace: Settings): Settings {
  const { name, plan, automaticSeatAssignment, seatMonthlyCap } = workspace;
  const { scimEnabled, scimMayGrantAdmin, strictProfile, massChangeHold } = workspace;
  return {
    name,
    plan,
    automaticSeatAssignment,
    seatMonthlyCap,
    scimEnabled,
    scimMayGrantAdmin,
    strictProfile,
    massChangeHold,
  };
}

/** Changes settings. Once identity providers may grant admin, the admin roles they have sent are applied at once. */
export async function updateSettings(actor: Actor, patch: SettingsPatch) {
  await inWorkspace(actor.workspaceId, async (tx, workspace) => {
    const before = settingsOf(workspace);
    const changes = Object.fromEntries(Object.entries(patch).filter(([, value]) => value !== undefined));
    const next: Settings = { ...before, ...changes, name: typedName(patch.name ?? before.name, "workspace") };
    if (next.name === "") throw refusal("name_blank.workspace");
    await tx.run(sql`
      UPDATE "Workspace" SET name = ${next.name}, "automaticSeatAssignment" = ${next.automaticSeatAssignment}, "seatMonthlyCap" = ${next.seatMonthlyCap},
        "scimEnabled" = ${next.scimEnabled}, "scimMayGrantAdmin" = ${next.scimMayGrantAdmin}, "strictProfile" = ${next.strictProfile},
        "massChangeHold" = ${next.massChangeHold}, plan = ${next.plan}
      WHERE id = ${workspace.id}`);
    const target = { kind: "workspace" as const, id: workspace.id, name: next.name };
    record(tx, actor, "workspace.updated", target, { before, after: next });
    if (next.scimMayGrantAdmin && !before.scimMayGrantAdmin) {
      await grantHeldRoles(await contextOf(tx, actor, { ...workspace, ...next }));
    }
  });
  return findSettings(actor.workspaceId);
}

/** Sets the seat limit; null means no limit. Refused when more seats are in use. */
export async function setSeatLimit(actor: Actor, limit: number | null): Promise<void> {
  await inWorkspace(actor.workspaceId, async (tx, workspace) => {
    const used = await countSeatsUsed(tx, workspace.id);
    if (limit !== null && limit < used) {
      throw refusal("seat_limit_below_use.used", { used, limit });
    }
    await tx.run(sql`UPDATE "Workspace" SET "seatLimit" = ${limit} WHERE id = ${workspace.id}`);
    const change = { before: { seatLimit: workspace.seatLimit }, after: { seatLimit: limit } };
    record(
      tx,
      actor,
      "workspace.seat_limit_changed",
      { kind: "workspace", id: workspace.id, name: workspace.name },
      change,
    );
  });
}
