import { adminPage } from "@/app/admin-page";
import { filled } from "@/app/hydrate";
import { titled } from "@/app/texts";
import { LeftBehind } from "@/components/access-tokens/left-behind";
import { Tokens } from "@/components/access-tokens/tokens";
import { OAuthClients } from "@/components/oauth-clients/clients";
import { accessTokensQuery, connectionsQuery } from "@/lib/api/access-tokens";
import { leftBehindQuery } from "@/lib/api/left-behind";
import { oauthClientsQuery } from "@/lib/api/oauth-clients";
import { env } from "@/lib/env";
import { listConnections } from "@/lib/workspace/access/find-connection";
import { listLeftBehind } from "@/lib/workspace/access/givers";
import { listOAuthClients } from "@/lib/workspace/access/oauth/clients";
import { listAccessTokens } from "@/lib/workspace/access/tokens";

export const generateMetadata = titled("developers");

export default adminPage(
  {
    page: "developers",
    rooms: ["tokens", "clients"],
    load: async ({ workspaceId, workspace }) => {
      const [tokens, connections, clients, leftBehind] = await Promise.all([
        listAccessTokens(workspaceId),
        listConnections(workspaceId),
        listOAuthClients(workspaceId),
        listLeftBehind(workspaceId),
      ]);
      return [
        filled(accessTokensQuery(workspace), tokens),
        filled(connectionsQuery(workspace), connections),
        filled(oauthClientsQuery(workspace), clients),
        filled(leftBehindQuery(workspace), leftBehind),
      ];
    },
  },
  ({ workspace }) => (
    <>
      <LeftBehind workspace={workspace} />
      <Tokens workspace={workspace} />
      <OAuthClients workspace={workspace} base={env().MUSTER_URL} />
    </>
  ),
);
