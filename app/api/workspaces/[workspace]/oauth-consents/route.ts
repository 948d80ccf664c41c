import { api } from "@/app/api/handler";
import { consentInput } from "@/lib/api/oauth-clients";
import { decideAuthorization } from "@/lib/oauth/authorize";

/** An admin allows or denies a client's request. The browser then goes to the returned URL. */
export const POST = api("tokens:manage", consentInput, async ({ actor, input }) => ({
  location: await decideAuthorization(actor, new URLSearchParams(input.query), input.allow),
}));
