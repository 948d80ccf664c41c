import { api } from "@/app/api/handler";
import { endMemberSessions } from "@/lib/workspace/profiles/sessions";

export const DELETE = api("members:manage", null, ({ actor, params }) =>
  endMemberSessions(actor, params.id ?? "", null),
);
