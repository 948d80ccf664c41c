import { queryOptions } from "@tanstack/react-query";
import { z } from "zod";
import { request } from "./request";
import { invalid, requiredName } from "./validation";

const name = requiredName("token", "tokenName");
const scopes = z.array(z.string()).min(1, invalid("scopes"));

export const createAccessTokenInput = z.object({
  name,
  scopes,
  expiresAt: z.iso.datetime().nullable(),
  connection: requiredName("connection").nullable(),
});
export const updateAccessTokenInput = z.object({ name, scopes });
export const rotateAccessTokenInput = z.object({
  overlap: z.enum(["1h", "24h", "7d", "none-set"]),
  /** When left out, the new token keeps the old expiry; null means it never expires. */
  expiresAt: z.iso.datetime().nullable().optional(),
});

export type UpdateAccessToken = z.infer<typeof updateAccessTokenInput>;
export type CreateAccessToken = z.infer<typeof createAccessTokenInput>;
export type Overlap = z.infer<typeof rotateAccessTokenInput>["overlap"];

export type AccessTokenRow = {
  id: string;
  name: string;
  prefix: string;
  last4: string;
  scopes: string[];
  createdAt: string;
  creator: { name: string; isAdmin: boolean } | null;
  expiresAt: string | null;
  state: "live" | "expired" | "revoked";
  retiring: boolean;
  connection: { id: string; name: string } | null;
  lastUse: { at: string; address: string | null; agent: string | null } | null;
};

export type ConnectionRow = { id: string; name: string; state: string };
/** The only response with a secret; never cached. */
export type CreatedAccessToken = { token: AccessTokenRow; secret: string };

const path = (workspace: string, rest = "") => `/api/workspaces/${workspace}/access-tokens${rest}`;

export const accessTokensQuery = (workspace: string) =>
  queryOptions({
    queryKey: ["access-tokens", workspace],
    queryFn: () => request<AccessTokenRow[]>("GET", path(workspace)),
    refetchInterval: 10_000,
  });

export const connectionsQuery = (workspace: string) =>
  queryOptions({
    queryKey: ["connections", workspace],
    queryFn: () => request<ConnectionRow[]>("GET", `/api/workspaces/${workspace}/connections`),
  });

export const createAccessToken = (workspace: string, input: CreateAccessToken) =>
  request<CreatedAccessToken>("POST", path(workspace), input);
export const updateAccessToken = (workspace: string, id: string, input: UpdateAccessToken) =>
  request<AccessTokenRow>("PATCH", path(workspace, `/${id}`), input);
export const rotateAccessToken = (workspace: string, id: string, input: z.infer<typeof rotateAccessTokenInput>) =>
  request<CreatedAccessToken>("POST", path(workspace, `/${id}/rotate`), input);
export const revokeAccessToken = (workspace: string, id: string) => request<null>("DELETE", path(workspace, `/${id}`));
