import type { Metadata } from "next";
import Link from "next/link";
import { notFound } from "next/navigation";
import { requireAdmin } from "@/app/access";
import { filled, Hydrate } from "@/app/hydrate";
import { Team } from "@/components/teams/team";
import { AdminsOnly } from "@/components/workspace/admins-only";
import { teamQuery } from "@/lib/api/teams";
import { isRefusal } from "@/lib/workspace/refusal";
import { findTeam } from "@/lib/workspace/teams/teams";

export const metadata: Metadata = { title: "Team" };

type Props = { params: Promise<{ workspace: string; id: string }> };

async function teamOr404(workspaceId: string, id: string) {
  try {
    return await findTeam(workspaceId, id);
  } catch (error) {
    if (isRefusal(error) && error.reason === "not_found") notFound();
    throw error;
  }
}

export default async function TeamPage({ params }: Props) {
  const { workspace: slug, id } = await params;
  const access = await requireAdmin(slug);
  if (!access.allowed) return <AdminsOnly workspace={access.workspace.name} admins={access.admins} />;
  const team = await teamOr404(access.workspace.id, id);
  return (
    <Hydrate data={[filled(teamQuery(slug, id), team)]}>
      <Link href={`/${slug}/settings/teams`} className="mb-6 inline-block text-[13px] text-ink-soft hover:text-ink">
        ← Teams
      </Link>
      <Team workspace={slug} id={id} />
    </Hydrate>
  );
}
