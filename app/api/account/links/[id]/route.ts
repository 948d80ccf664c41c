import { account } from "@/app/api/handler";
import { removeProviderLink } from "@/lib/workspace/accounts/provider-links";

export const DELETE = account(null, ({ userId, params }) => removeProviderLink(userId, params.id ?? ""));
