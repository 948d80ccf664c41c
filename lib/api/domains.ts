import { queryOptions } from "@tanstack/react-query";
import { z } from "zod";
import { request } from "./request";
import { invalid } from "./validation";

export const addDomainInput = z.object({
  name: z.string().trim().min(1, invalid("domain")).max(260),
});

type DomainOutcome =
  | "verified"
  | "verified_at_apex"
  | "no_domain"
  | "no_record"
  | "nested"
  | "different_value"
  | "other_claim"
  | "server_error"
  | "no_answer"
  | "spreading"
  | "cname"
  | "wildcard"
  | "verified_elsewhere"
  | "resolver_outage";

export type DomainRow = {
  id: string;
  name: string;
  displayName: string;
  state: "pending" | "verified" | "warning" | "lapsed" | "failed";
  record: { type: "TXT"; host: string; fullName: string; value: string };
  verifiedBy: "dns" | "operator" | null;
  /** A warning to read before verifying, when the domain is on a list of shared domains. */
  /** The date of the list of mailbox providers that the domain is on, as an ISO day. */
  listedOn: string | null;
  answer: { outcome: DomainOutcome; found: string[]; at: string; seen: number; asked: number } | null;
  verifiedAt: string | null;
  lapsesAt: string | null;
  nextCheckAt: string | null;
  createdAt: string;
  memberCount: number;
};

const path = (workspace: string, rest = "") => `/api/workspaces/${workspace}/domains${rest}`;

/** A workspace's domain claims, refreshed every other second while one of them is being checked. */
export const domainsQuery = (workspace: string) =>
  queryOptions({
    queryKey: ["domains", workspace],
    queryFn: () => request<DomainRow[]>("GET", path(workspace)),
    refetchInterval: ({ state }) => (state.data?.some((domain) => domain.state === "pending") ? 2_000 : 30_000),
  });

export const addDomain = (workspace: string, name: string) => request<DomainRow>("POST", path(workspace), { name });
export const checkDomain = (workspace: string, id: string) =>
  request<DomainRow>("POST", path(workspace, `/${id}/check`));
/** `confirmation`: the typed domain name, needed to remove the last verified domain while an identity provider is connected. */
export const removeDomain = (workspace: string, id: string, confirmation: string) =>
  request<null>("DELETE", path(workspace, `/${id}?confirm=${encodeURIComponent(confirmation)}`));
