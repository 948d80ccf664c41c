"use client";

import { useTranslations } from "use-intl";
import { CopyRow } from "@/components/ui/copy-button";
import { Dialog } from "@/components/ui/dialog";
import { OnceDialog } from "@/components/ui/once-dialog";
import type { CreatedOAuthClient, OAuthClientRow } from "@/lib/api/oauth-clients";

/** The values to paste into the identity provider, apart from the secret. */
function AddressRows({ client, base }: { client: OAuthClientRow; base: string }) {
  const t = useTranslations("clients");
  return (
    <>
      <CopyRow wide label={t("clientId")} value={client.clientId} />
      {client.kind === "authorization_code" ? (
        <CopyRow wide label={t("address.authorize")} value={`${base}/oauth/authorize`} />
      ) : null}
      <CopyRow wide label={t("address.token")} value={`${base}/oauth/token`} />
      <CopyRow wide label={t("address.scim")} value={`${base}/scim/v2`} />
    </>
  );
}

type Props = { client: OAuthClientRow; base: string; onOpenChange: (open: boolean) => void };

export function ClientAddresses({ client, base, onOpenChange }: Props) {
  const t = useTranslations("clients");
  return (
    <Dialog open onOpenChange={onOpenChange} wide title={client.name} description={t("address.lead")}>
      <div className="divide-y rounded-lg border px-3.5">
        <AddressRows client={client} base={base} />
      </div>
    </Dialog>
  );
}

/** Shows the secret once, with the other values to paste. */
export function MadeClient({ made, base, onDone }: { made: CreatedOAuthClient; base: string; onDone: () => void }) {
  const { client, secret } = made;
  const t = useTranslations("clients");
  return (
    <OnceDialog
      open
      wide
      title={t("secret.title", { name: client.name })}
      description={t(secret === null ? "secret.none" : "secret.lead")}
      isSecret={secret !== null}
      onDone={onDone}
    >
      <div className="divide-y rounded-lg border bg-sunken px-3.5" data-testid="made-client">
        {secret === null ? null : <CopyRow wide label={t("secret.label")} value={secret} />}
        <AddressRows client={client} base={base} />
      </div>
    </OnceDialog>
  );
}
