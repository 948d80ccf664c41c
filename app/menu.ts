import { listWorkspacesOf } from "@/lib/workspace/workspaces/workspaces";

type Member = {
  user: { id: string; email: string };
  workspace: { name: string; slug: string };
  membership: { role: "admin" | "member" };
};

/** The data of a member's workspace menu. */
export async function menuOf({ user, workspace, membership }: Member) {
  const all = await listWorkspacesOf(user.id);
  return {
    workspace: { name: workspace.name, slug: workspace.slug },
    others: all.filter(({ slug }) => slug !== workspace.slug).map(({ name, slug }) => ({ name, slug })),
    email: user.email,
    isAdmin: membership.role === "admin",
  };
}
