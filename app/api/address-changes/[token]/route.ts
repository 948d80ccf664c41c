import { open } from "@/app/api/handler";
import { confirmAddressChange, declineAddressChange } from "@/lib/workspace/accounts/address-change";

// The secret in the address was only ever mailed to the old mailbox: whoever has it owns the account.

export const POST = open(null, ({ params }) => confirmAddressChange(params.token ?? ""));
export const DELETE = open(null, ({ params }) => declineAddressChange(params.token ?? ""));
