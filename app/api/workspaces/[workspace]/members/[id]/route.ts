import { api } from "@/app/api/handler";
import { findMemberProfile } from "./profile";

export const GET = api("members:manage", null, ({ workspaceId, params }) =>
  findMemberProfile(workspaceId, params.id ?? ""),
);
