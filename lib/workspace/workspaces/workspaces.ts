import { prisma } from "@/lib/database/pool";
import { inTransaction } from "@/lib/database/transaction";
import { isUniqueViolation } from "@/lib/database/trouble";
import { all, type MembershipModel, one, sql, type WorkspaceModel } from "@/lib/db";
import { typedName } from "@/lib/name";
import type { Actor } from "@/lib/workspace/actor";
import { record } from "@/lib/workspace/audit/record";
import { newId } from "@/lib/workspace/id";
import { insertMember } from "@/lib/workspace/members/create";
import { refusal } from "@/lib/workspace/refusal";
import { whyNotSlug } from "./slug";

function parseSlug(slug: string): string {
  const why = whyNotSlug(slug);
  if (why !== null) throw refusal("slug_not_valid.why", { slug: JSON.stringify(slug), why });
  return slug;
}

export type NewWorkspace = { name: string; slug: string; adminEmail: string; firstName: string; lastName: string };

/** Creates a workspace with its first admin. The operator vouches for the admin's email address. */
export async function createWorkspace(input: NewWorkspace, actorName: string) {
  const name = typedName(input.name, "workspace");
  if (name === "") throw refusal("name_blank.workspace");
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
      throw refusal("slug_taken.taken", { slug: JSON.stringify(slug) });
    }
    throw error;
  }
}

/** Whether no workspace exists yet, the only time that /setup is open. */
export async function isEmpty(): Promise<boolean> {
  return (await one(sql`SELECT 1 FROM "Workspace" LIMIT 1`)) === null;
}

/** Creates the first workspace of an empty installation; refused once there is one. */
export async function createFirstWorkspace(input: NewWorkspace) {
  return inTransaction("setup", async (tx) => {
    await tx.run(sql`SELECT pg_advisory_xact_lock(72707370)`);
    if (!(await isEmpty())) throw refusal("setup_done.done");
    return createWorkspace(input, "Setup");
  });
}

export async function findWorkspaceBySlug(slug: string): Promise<{ id: string; name: string }> {
  const row = await prisma().workspace.findUnique({ where: { slug }, select: { id: true, name: true } });
  if (!row) throw refusal("not_found.workspaceAt", { slug: JSON.stringify(slug) });
  return row;
}

export function listWorkspacesOf(userId: string) {
  return all<Pick<WorkspaceModel, "id" | "name" | "slug"> & Pick<MembershipModel, "role">>(sql`
    SELECT w.id, w.name, w.slug, m.role FROM "Membership" m JOIN "Workspace" w ON w.id = m."workspaceId"
    WHERE m."userId" = ${userId} AND m.state = 'active' ORDER BY lower(w.name)`);
}
