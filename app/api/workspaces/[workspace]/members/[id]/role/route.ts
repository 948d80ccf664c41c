import { api } from "@/app/api/handler";
import { updateRoleInput } from "@/lib/api/members";
import { updateRole } from "@/lib/workspace/members/edit";

export const PATCH = api("members:manage", updateRoleInput, ({ actor, params, input }) =>
  updateRole(actor, params.id ?? "", input.role),
);
