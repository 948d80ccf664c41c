import { account } from "@/app/api/handler";
import { namesInput } from "@/lib/api/account";
import { findAccount, updateAccount } from "@/lib/workspace/accounts";

export const GET = account(null, ({ userId, sessionId }) => findAccount(userId, sessionId));
export const PATCH = account(namesInput, async ({ userId, sessionId, input }) => {
  await updateAccount(userId, input);
  return findAccount(userId, sessionId);
});
