import { cookies, headers } from "next/headers";
import { notFound, redirect } from "next/navigation";
import { cache } from "react";
import { findSession, type SignedIn, sessionCookieName } from "@/lib/auth";
import type { Actor } from "@/lib/workspace/actor";
import { listAdmins } from "@/lib/workspace/members/list";
import { findAccess, touchMembership } from "@/lib/workspace/membership/access";

/** The signed-in person, or null. Read once per request. */
export const currentUser = cache(async (): Promise<SignedIn | null> => {
  const jar = await cookies();
  return findSession(jar.get(sessionCookieName())?.value);
});

/** The signed-in person. Redirects everyone else to sign in and come back. */
export async function requireUser(): Promise<SignedIn> {
  const signedIn = await currentUser();
  if (signedIn) return signedIn;
  const path = (await headers()).get("x-path") ?? "/";
  redirect(`/sign-in?callbackUrl=${encodeURIComponent(path)}`);
}

/** A person's access to a workspace, or null. Read once per request. */
const accessOf = cache(findAccess);

/** The name of a workspace for its members, for titles; null for everyone else, whom the page answers. */
export async function findWorkspaceName(slug: string): Promise<string | null> {
  const signedIn = await currentUser();
  return signedIn && ((await accessOf(signedIn.user.id, slug))?.workspaceName ?? null);
}

/** A member of the workspace with this slug. Everyone else gets a 404. */
export async function requireMember(slug: string) {
  const signedIn = await requireUser();
  const access = await accessOf(signedIn.user.id, slug);
  if (!access) notFound();
  await touchMembership(access.workspaceId, access.id);
  const actor: Actor = { workspaceId: access.workspaceId, kind: "member", id: access.id, name: signedIn.user.name };
  return {
    user: signedIn.user,
    sessionId: signedIn.sessionId,
    workspace: { id: access.workspaceId, name: access.workspaceName, slug: access.slug },
    membership: { id: access.id, role: access.role },
    actor,
  };
}

type Member = Awaited<ReturnType<typeof requireMember>>;

/** An admin. Members get the list of admins they can ask. */
export async function requireAdmin(
  slug: string,
): Promise<
  | ({ allowed: true } & Member)
  | { allowed: false; workspace: Member["workspace"]; admins: { name: string; email: string }[] }
> {
  const member = await requireMember(slug);
  if (member.membership.role === "admin") return { allowed: true, ...member };
  return { allowed: false, workspace: member.workspace, admins: await listAdmins(member.workspace.id) };
}
