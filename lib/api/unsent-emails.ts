import { queryOptions } from "@tanstack/react-query";
import { request } from "./request";

export type UnsentEmail = {
  id: string;
  to: string;
  kind: string;
  /** `failed`: given up. `refused`: the recipient's mail server doesn't accept email for this address. */
  state: "failed" | "refused";
  reason: string;
  at: string;
  /** False when its link is gone for good. */
  canBeSent: boolean;
};

export type UnsentEmails = {
  emails: UnsentEmail[];
  /** The total number; `emails` has the latest ones. */
  total: number;
  /** Emails that wait for an unreachable mail server, and since when. */
  waiting: { count: number; since: string } | null;
};

const path = (workspace: string, rest = "") => `/api/workspaces/${workspace}/unsent-emails${rest}`;

export const unsentEmailsQuery = (workspace: string) =>
  queryOptions({
    queryKey: ["unsent-emails", workspace],
    queryFn: () => request<UnsentEmails>("GET", path(workspace)),
    refetchInterval: 10_000,
  });

export const sendEmailAgain = (workspace: string, id: string) => request<null>("POST", path(workspace, `/${id}/again`));
