import { open } from "@/app/api/handler";
import { confirmAddressChange, declineAddressChange } from "@/lib/workspace/accounts/address-change";

// The secret in the URL was only ever emailed to the old mailbox, so whoever has it owns the account.

export const POST = open(null, ({ params }) => confirmAddressChange(params.token ?? ""));
export const DELETE = open(null, ({ params }) => declineAddressChange(params.token ?? ""));
