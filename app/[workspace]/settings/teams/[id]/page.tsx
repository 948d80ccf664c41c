import Link from "next/link";
import { notFound } from "next/navigation";
import { requireAdmin } from "@/app/access";
import { Badge } from "@/components/ui/badge";
import { Card, PageHeader } from "@/components/ui/section";
import { AdminsOnly } from "@/components/workspace/admins-only";
import { counted } from "@/lib/format";
import { isRefusal } from "@/lib/workspace/refusal";
import { findTeam } from "@/lib/workspace/teams";

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
    <>
      <Link href={`/${slug}/settings/teams`} className="mb-6 inline-block text-[13px] text-ink-soft hover:text-ink">
        ← Teams
      </Link>
      <PageHeader title={team.name}>
        {counted(team.memberCount, "member")}
        {team.managedBy ? `. Managed by ${team.managedBy.name}: change it there.` : "."}
      </PageHeader>
      <Card className="divide-y">
        {team.members.length === 0 ? (
          <p className="px-5 py-8 text-center text-ink-soft">Nobody is in this team.</p>
        ) : null}
        {team.members.map((member) => (
          <div key={member.id} className="flex items-center gap-3 px-5 py-3">
            <span className="min-w-0 flex-1 truncate font-medium">{member.name}</span>
            <span className="truncate text-[13px] text-ink-faint">{member.email}</span>
            {member.state === "active" ? null : <Badge>{member.state === "invited" ? "Invited" : "Suspended"}</Badge>}
          </div>
        ))}
      </Card>
    </>
  );
}
