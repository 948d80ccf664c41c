import { isUniqueViolation } from "@/lib/database/trouble";
import { all, inTransaction, one, sql } from "@/lib/db";
import { env } from "@/lib/env";
import { typedName } from "@/lib/name";
import type { Actor } from "./actor";
import { record } from "./audit/record";
import { findClaims } from "./domains/claims";
import { newId } from "./id";
import { insertMember } from "./members/edit";
import { grantHeldRoles } from "./members/roles";
import { notFound, Refusal } from "./refusal";
import { countSeatsUsed } from "./seats/seats";
import { whyNotSlug } from "./slug";
import { inWorkspace, type Workspace } from "./transaction";

function parseSlug(slug: string): string {
  const why = whyNotSlug(slug);
  if (why !== null)
    throw new Refusal("slug_not_valid", `${JSON.stringify(slug)} can't be the workspace's slug. ${why}`);
  return slug;
}

export type NewWorkspace = { name: string; slug: string; adminEmail: string; firstName: string; lastName: string };

/** Makes a workspace with its first admin, whose address the operator vouches for. */
export async function createWorkspace(input: NewWorkspace, actorName: string) {
  const name = typedName(input.name, 100);
  if (name === "") throw new Refusal("name_blank", "Give the workspace a name.");
  const slug = parseSlug(input.slug);
  const id = newId();
  const actor: Actor = { workspaceId: id, kind: "operator", id: null, name: actorName };
  try {
    return await inTransaction(id, async (tx) => {
      await tx.run(sql`INSERT INTO "Workspace" (id, name, slug) VALUES (${id}, ${name}, ${slug})`);
      record(tx, actor, "workspace.created", { kind: "workspace", id, name });
      const admin = await insertMember(tx, actor, {
        address: input.adminEmail,
        firstName: input.firstName,
        lastName: input.lastName,
        role: "admin",
      });
      return { id, slug, userId: admin.userId ?? "", membershipId: admin.id };
    });
  } catch (error) {
    if (isUniqueViolation(error, "Workspace_slug_key")) {
      throw new Refusal("slug_taken", `Another workspace has the address ${JSON.stringify(slug)}. Pick another one.`);
    }
    throw error;
  }
}

/** Whether nothing was set up yet: the one time that /setup is open. */
export async function isEmpty(): Promise<boolean> {
  return (await one(sql`SELECT 1 FROM "Workspace" LIMIT 1`)) === null;
}

/** The first workspace of an empty installation; refused once there is one. */
export async function createFirstWorkspace(input: NewWorkspace) {
  return inTransaction("setup", async (tx) => {
    await tx.run(sql`SELECT pg_advisory_xact_lock(72707370)`);
    if (!(await isEmpty())) throw new Refusal("setup_done", "Muster is set up already. Sign in instead.");
    return createWorkspace(input, "Setup");
  });
}

export async function findWorkspaceBySlug(slug: string): Promise<{ id: string; name: string }> {
  const row = await one<{ id: string; name: string }>(sql`SELECT id, name FROM "Workspace" WHERE slug = ${slug}`);
  if (!row) throw notFound(`workspace with the address ${JSON.stringify(slug)}`);
  return row;
}

export function listWorkspacesOf(userId: string) {
  return all<{ id: string; name: string; slug: string; role: "admin" | "member" }>(sql`
    SELECT w.id, w.name, w.slug, m.role FROM "Membership" m JOIN "Workspace" w ON w.id = m."workspaceId"
    WHERE m."userId" = ${userId} AND m.state = 'active' ORDER BY lower(w.name)`);
}

export async function findSettings(workspaceId: string) {
  const row = await one<Workspace>(sql`SELECT * FROM "Workspace" WHERE id = ${workspaceId}`);
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
/** undefined: stays. */
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

/** Changes settings. Once identity providers may grant admin, the roles that they have given are applied at once. */
export async function updateSettings(actor: Actor, patch: SettingsPatch) {
  await inWorkspace(actor.workspaceId, async (tx, workspace) => {
    const before = settingsOf(workspace);
    const said = Object.fromEntries(Object.entries(patch).filter(([, value]) => value !== undefined));
    const next: Settings = { ...before, ...said, name: typedName(patch.name ?? before.name, 100) };
    if (next.name === "") throw new Refusal("name_blank", "Give the workspace a name.");
    await tx.run(sql`
      UPDATE "Workspace" SET name = ${next.name}, "automaticSeatAssignment" = ${next.automaticSeatAssignment}, "seatMonthlyCap" = ${next.seatMonthlyCap},
        "scimEnabled" = ${next.scimEnabled}, "scimMayGrantAdmin" = ${next.scimMayGrantAdmin}, "strictProfile" = ${next.strictProfile},
        "massChangeHold" = ${next.massChangeHold}, plan = ${next.plan}
      WHERE id = ${workspace.id}`);
    const target = { kind: "workspace" as const, id: workspace.id, name: next.name };
    record(tx, actor, "workspace.updated", target, { before, after: next });
    if (next.scimMayGrantAdmin && !before.scimMayGrantAdmin) {
      const claims = await findClaims(tx, workspace.id);
      await grantHeldRoles({ tx, actor, workspace: { ...workspace, ...next }, claims, notes: [] });
    }
  });
  return findSettings(actor.workspaceId);
}

/** Sets the seat limit, null for none. Refused below what is in use. */
export async function setSeatLimit(actor: Actor, limit: number | null): Promise<void> {
  await inWorkspace(actor.workspaceId, async (tx, workspace) => {
    const used = await countSeatsUsed(tx, workspace.id);
    if (limit !== null && limit < used) {
      throw new Refusal(
        "seat_limit_below_use",
        `${used} seats are in use: the limit can't be ${limit}. Suspend people first.`,
      );
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
