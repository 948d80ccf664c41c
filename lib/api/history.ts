import { infiniteQueryOptions } from "@tanstack/react-query";
import { request } from "./request";

/** What happened to a person or a team: a change, with the request that made it, or a request that changed nothing. */
export type HistoryItem = {
  id: string;
  at: string;
  actor: { kind: string | null; name: string | null };
  change: {
    action: string;
    before: Record<string, unknown> | null;
    after: Record<string, unknown> | null;
  } | null;
  request: {
    id: string;
    requestId: string;
    method: string;
    path: string;
    status: number;
    effect: string | null;
    detail: string | null;
  } | null;
};
type HistoryPage = { items: HistoryItem[]; nextCursor: string | null };

/** Whose history it is; also the first part of the key that invalidates everything about them. */
export type HistoryOf = { kind: "members" | "teams"; id: string };

export const historyQuery = (workspace: string, { kind, id }: HistoryOf) =>
  infiniteQueryOptions({
    queryKey: [kind, workspace, "history", id],
    queryFn: ({ pageParam }) => {
      const query = pageParam ? `?cursor=${pageParam}` : "";
      return request<HistoryPage>("GET", `/api/workspaces/${workspace}/${kind}/${id}/history${query}`);
    },
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.nextCursor,
  });
