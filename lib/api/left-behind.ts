import { queryOptions } from "@tanstack/react-query";
import { z } from "zod";
import { request } from "./request";

const kind = z.enum(["access_token", "oauth_client", "webhook", "consent"]);

export const keepInput = z.object({ kind, decision: z.enum(["keep", "revoke"]) });
export type Decision = z.infer<typeof keepInput>["decision"];

/** Access given by someone who is no longer an admin. */
export type LeftBehindRow = {
  kind: z.infer<typeof kind>;
  id: string;
  name: string;
  by: string;
  why: "suspended" | "ended" | "member";
  createdAt: string;
};

const path = (workspace: string, rest = "") => `/api/workspaces/${workspace}/left-behind${rest}`;

export const leftBehindQuery = (workspace: string) =>
  queryOptions({
    queryKey: ["left-behind", workspace],
    queryFn: () => request<LeftBehindRow[]>("GET", path(workspace)),
  });

export const decideLeftBehind = (workspace: string, { id, kind }: LeftBehindRow, decision: Decision) =>
  request<null>("POST", path(workspace, `/${id}`), { kind, decision });
