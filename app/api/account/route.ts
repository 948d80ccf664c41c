import { readAccount } from "@/app/account/account";
import { account } from "@/app/api/handler";
import { namesInput } from "@/lib/api/account";
import { updateAccount } from "@/lib/workspace/accounts/accounts";

export const GET = account(null, ({ userId, sessionId }) => readAccount(userId, sessionId));
export const PATCH = account(namesInput, async ({ userId, sessionId, input }) => {
  await updateAccount(userId, input);
  return readAccount(userId, sessionId);
});
