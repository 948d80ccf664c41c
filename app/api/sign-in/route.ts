import { open, visitorOf } from "@/app/api/handler";
import { signInInput } from "@/lib/api/account";
import { networkOf } from "@/lib/request/remote-address";
import { safePath } from "@/lib/request/safe-path";
import { askSignInLink } from "@/lib/workspace/accounts/sign-in-links";

export const POST = open(signInInput, ({ input, request }) =>
  askSignInLink(input.email, safePath(input.callbackUrl), networkOf(visitorOf(request).address)),
);
