import type { Metadata } from "next";
import { requireAdmin } from "@/app/access";
import { filled, Hydrate } from "@/app/hydrate";
import { LeftBehind } from "@/components/access-tokens/left-behind";
import { Tokens } from "@/components/access-tokens/tokens";
import { OAuthClients } from "@/components/oauth-clients/clients";
import { PageHeader } from "@/components/ui/section";
import { AdminsOnly } from "@/components/workspace/admins-only";
import { accessTokensQuery, connectionsQuery } from "@/lib/api/access-tokens";
import { leftBehindQuery } from "@/lib/api/left-behind";
import { oauthClientsQuery } from "@/lib/api/oauth-clients";
import { env } from "@/lib/env";
import { listLeftBehind } from "@/lib/workspace/access/givers";
import { listOAuthClients } from "@/lib/workspace/access/oauth/clients";
import { listAccessTokens, listConnections } from "@/lib/workspace/access/tokens";

export const metadata: Metadata = { title: "Developers" };

type Props = { params: Promise<{ workspace: string }> };

export default async function DevelopersPage({ params }: Props) {
  const { workspace: slug } = await params;
  const access = await requireAdmin(slug);
  if (!access.allowed) return <AdminsOnly workspace={access.workspace.name} admins={access.admins} />;
  const { id } = access.workspace;
  const [tokens, connections, clients, leftBehind] = await Promise.all([
    listAccessTokens(id),
    listConnections(id),
    listOAuthClients(id),
    listLeftBehind(id),
  ]);
  const data = [
    filled(accessTokensQuery(slug), tokens),
    filled(connectionsQuery(slug), connections),
    filled(oauthClientsQuery(slug), clients),
    filled(leftBehindQuery(slug), leftBehind),
  ];
  return (
    <Hydrate data={data}>
      <PageHeader title="Developers">What acts for this workspace besides its people.</PageHeader>
      <LeftBehind workspace={slug} />
      <Tokens workspace={slug} />
      <OAuthClients workspace={slug} base={env().MUSTER_URL} />
    </Hydrate>
  );
}
