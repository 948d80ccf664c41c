import { queryOptions } from "@tanstack/react-query";
import { z } from "zod";
import type { Overlap } from "./access-tokens";
import { request } from "./request";
import { invalid, requiredName } from "./validation";

const settings = {
  name: requiredName("client", "clientName"),
  scopes: z.array(z.string()).min(1, invalid("scopes")),
  tokenSeconds: z.number().int(),
  redirectUris: z.array(z.string().max(2_000)).max(20),
  issuer: z.string().max(500).nullable(),
  subject: z.string().max(500).nullable(),
  audiences: z.array(z.string().max(500)).max(20),
  jwksUri: z.string().max(500).nullable(),
};

export const createOAuthClientInput = z.object({
  ...settings,
  kind: z.enum(["client_credentials", "authorization_code", "federation"]),
  isPublic: z.boolean(),
  connection: requiredName("connection").nullable(),
});
export const updateOAuthClientInput = z.object(settings);
/** The query string of /oauth/authorize, and the admin's decision. */
export const consentInput = z.object({ query: z.string().max(8_000), allow: z.boolean() });

export type CreateOAuthClient = z.infer<typeof createOAuthClientInput>;
export type UpdateOAuthClient = z.infer<typeof updateOAuthClientInput>;

export type OAuthClientRow = UpdateOAuthClient & {
  id: string;
  kind: CreateOAuthClient["kind"];
  isPublic: boolean;
  clientId: string;
  /** Of the secret; null for a client without one. */
  last4: string | null;
  createdAt: string;
  creator: string | null;
  connection: { id: string; name: string } | null;
  /** Secrets from before a rotation that still work. */
  oldSecrets: { id: string; last4: string; expiresAt: string | null }[];
  /** The last consent, for clients that need one. */
  consent: { by: string; at: string } | null;
  lastUse: { at: string; address: string | null; agent: string | null } | null;
};

/** The only response with a secret; never cached. */
export type CreatedOAuthClient = { client: OAuthClientRow; secret: string | null };

const path = (workspace: string, rest = "") => `/api/workspaces/${workspace}/oauth-clients${rest}`;

export const oauthClientsQuery = (workspace: string) =>
  queryOptions({
    queryKey: ["oauth-clients", workspace],
    queryFn: () => request<OAuthClientRow[]>("GET", path(workspace)),
    refetchInterval: 10_000,
  });

export const createOAuthClient = (workspace: string, input: CreateOAuthClient) =>
  request<CreatedOAuthClient>("POST", path(workspace), input);
export const updateOAuthClient = (workspace: string, id: string, input: UpdateOAuthClient) =>
  request<OAuthClientRow>("PATCH", path(workspace, `/${id}`), input);
export const rotateOAuthClient = (workspace: string, id: string, overlap: Overlap) =>
  request<CreatedOAuthClient>("POST", path(workspace, `/${id}/rotate`), { overlap });
export const revokeOldSecrets = (workspace: string, id: string) =>
  request<OAuthClientRow>("DELETE", path(workspace, `/${id}/old-secrets`));
export const revokeOAuthClient = (workspace: string, id: string) => request<null>("DELETE", path(workspace, `/${id}`));

/** Returns the browser's next URL, back at the client. */
export const decideConsent = (workspace: string, input: z.infer<typeof consentInput>) =>
  request<{ location: string }>("POST", `/api/workspaces/${workspace}/oauth-consents`, input);
