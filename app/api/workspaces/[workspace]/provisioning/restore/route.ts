import { api } from "@/app/api/handler";
import { restoreInput } from "@/lib/api/provisioning";
import { restorePeople } from "@/lib/workspace/restore/restore";

export const POST = api("members:manage", restoreInput, ({ actor, input }) => restorePeople(actor, input.ids));
