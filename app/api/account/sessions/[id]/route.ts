import { account } from "@/app/api/handler";
import { endSession } from "@/lib/workspace/accounts/accounts";

export const DELETE = account(null, ({ userId, params }) => endSession(userId, params.id ?? ""));
