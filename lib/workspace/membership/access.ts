import { type MembershipModel, one, runAside, sql, type WorkspaceModel } from "@/lib/db";

/** A signed-in person's membership, if it currently gives access. */
export async function findAccess(userId: string, slug: string) {
  return one<
    Pick<MembershipModel, "id" | "role"> & Pick<WorkspaceModel, "slug"> & { workspaceId: string; workspaceName: string }
  >(sql`
    SELECT m.id, m.role, w.id AS "workspaceId", w.name AS "workspaceName", w.slug FROM "Workspace" w
    JOIN "Membership" m ON m."workspaceId" = w.id AND m."userId" = ${userId} AND m.state = 'active' WHERE w.slug = ${slug}`);
}

/** Records that a person was active, at most every five minutes. */
export async function touchMembership(workspaceId: string, membershipId: string): Promise<void> {
  await runAside(sql`
    UPDATE "Membership" SET "lastActiveAt" = now() WHERE "workspaceId" = ${workspaceId} AND id = ${membershipId}
    AND ("lastActiveAt" IS NULL OR "lastActiveAt" < now() - interval '5 minutes')`);
}
