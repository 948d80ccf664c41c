import { account } from "@/app/api/handler";
import { endOtherSessions } from "@/lib/workspace/accounts/accounts";

export const DELETE = account(null, ({ userId, sessionId }) => endOtherSessions(userId, sessionId));
