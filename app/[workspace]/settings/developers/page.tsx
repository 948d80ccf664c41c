import type { Metadata } from "next";
import { requireAdmin } from "@/app/access";
import { filled, Hydrate } from "@/app/hydrate";
import { Tokens } from "@/components/access-tokens/tokens";
import { AdminsOnly } from "@/components/workspace/admins-only";
import { accessTokensQuery, connectionsQuery } from "@/lib/api/access-tokens";
import { listAccessTokens, listConnections } from "@/lib/workspace/access-tokens";

export const metadata: Metadata = { title: "Developers" };

type Props = { params: Promise<{ workspace: string }> };

export default async function DevelopersPage({ params }: Props) {
  const { workspace: slug } = await params;
  const access = await requireAdmin(slug);
  if (!access.allowed) return <AdminsOnly workspace={access.workspace.name} admins={access.admins} />;
  const { id } = access.workspace;
  const [tokens, connections] = await Promise.all([listAccessTokens(id), listConnections(id)]);
  const data = [filled(accessTokensQuery(slug), tokens), filled(connectionsQuery(slug), connections)];
  return (
    <Hydrate data={data}>
      <Tokens workspace={slug} />
    </Hydrate>
  );
}
