import { api } from "@/app/api/handler";
import { revokeOldSecrets } from "@/lib/workspace/access/oauth/client-secret";

export const DELETE = api("tokens:manage", null, ({ actor, params }) => revokeOldSecrets(actor, params.id ?? ""));
