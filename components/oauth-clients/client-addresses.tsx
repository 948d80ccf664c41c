"use client";

import { CopyRow } from "@/components/ui/copy-button";
import { Dialog } from "@/components/ui/dialog";
import { OnceDialog } from "@/components/ui/once-dialog";
import type { CreatedOAuthClient, OAuthClientRow } from "@/lib/api/oauth-clients";

/** The values to paste into the identity provider, apart from the secret. */
function AddressRows({ client, base }: { client: OAuthClientRow; base: string }) {
  return (
    <>
      <CopyRow wide label="Client ID" value={client.clientId} />
      {client.kind === "authorization_code" ? (
        <CopyRow wide label="Authorization endpoint" value={`${base}/oauth/authorize`} />
      ) : null}
      <CopyRow wide label="Token endpoint" value={`${base}/oauth/token`} />
      <CopyRow wide label="SCIM base URL" value={`${base}/scim/v2`} />
    </>
  );
}

type Props = { client: OAuthClientRow; base: string; onOpenChange: (open: boolean) => void };

export function ClientAddresses({ client, base, onOpenChange }: Props) {
  return (
    <Dialog open onOpenChange={onOpenChange} wide title={client.name} description="For your identity provider.">
      <div className="divide-y rounded-lg border px-3.5">
        <AddressRows client={client} base={base} />
      </div>
    </Dialog>
  );
}

/** Shows the secret once, with the other values to paste. */
export function MadeClient({ made, base, onDone }: { made: CreatedOAuthClient; base: string; onDone: () => void }) {
  const { client, secret } = made;
  const lead =
    secret === null
      ? "There is no secret. Paste these into your identity provider."
      : "The secret is shown this once. Paste it into your identity provider, with the rest.";
  return (
    <OnceDialog
      open
      wide
      title={`${client.name}: copy this now`}
      description={lead}
      isSecret={secret !== null}
      onDone={onDone}
    >
      <div className="divide-y rounded-lg border bg-sunken px-3.5" data-testid="made-client">
        {secret === null ? null : <CopyRow wide label="Client secret" value={secret} />}
        <AddressRows client={client} base={base} />
      </div>
    </OnceDialog>
  );
}
