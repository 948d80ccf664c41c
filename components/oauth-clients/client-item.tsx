"use client";

import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslations } from "use-intl";
import { scopeLabel } from "@/components/access-tokens/scopes";
import { Badge } from "@/components/ui/badge";
import { Confirm } from "@/components/ui/confirm";
import { MenuItem, MenuSeparator, RowMenu } from "@/components/ui/menu";
import { Time } from "@/components/ui/time";
import {
  type CreatedOAuthClient,
  type OAuthClientRow,
  oauthClientsQuery,
  revokeOAuthClient,
  revokeOldSecrets,
} from "@/lib/api/oauth-clients";
import { agentName, optional, shortDate } from "@/lib/format";
import { ClientAddresses } from "./client-addresses";
import { EditClient } from "./edit-client";
import { RotateClient } from "./rotate-client";

type Props = {
  workspace: string;
  client: OAuthClientRow;
  base: string;
  onMade: (made: CreatedOAuthClient) => void;
};
type Opened = "edit" | "addresses" | "rotate" | "end" | "revoke" | null;

export function ClientItem({ workspace, client, base, onMade }: Props) {
  const t = useTranslations("clients");
  const common = useTranslations("common");
  const tokens = useTranslations("tokens");
  const cache = useQueryClient();
  const [dialog, setDialog] = useState<Opened>(null);
  const close = (open: boolean) => setDialog(open ? dialog : null);
  const refresh = () => cache.invalidateQueries({ queryKey: oauthClientsQuery(workspace).queryKey });
  const waits = client.kind === "authorization_code" && client.consent === null;
  return (
    <div className="flex items-start justify-between gap-4 px-5 py-4">
      <div className="min-w-0 space-y-1.5">
        <div className="flex flex-wrap items-center gap-x-2.5 gap-y-1.5">
          <span className="wrap-anywhere min-w-0 font-medium">{client.name}</span>
          <code className="break-all font-mono text-ink-faint text-xs">{client.clientId}</code>
          {waits ? <Badge tone="warn">{t("notConnected")}</Badge> : null}
          {client.oldSecrets.length > 0 ? <Badge tone="warn">{common("secret.two")}</Badge> : null}
        </div>
        <div className="flex flex-wrap gap-1.5">
          <Badge tone="accent" whole>
            {t(`kind.label.${client.kind}`)}
          </Badge>
          {client.scopes.map((scope) => (
            <Badge key={scope} whole>
              {scopeLabel(scope, tokens)}
            </Badge>
          ))}
        </div>
        <Facts client={client} />
      </div>
      <RowMenu label={common("actionsFor", { name: client.name })}>
        <MenuItem onSelect={() => setDialog("addresses")}>{t("address.show")}</MenuItem>
        <MenuItem onSelect={() => setDialog("edit")}>{common("edit")}</MenuItem>
        {client.last4 === null ? null : <MenuItem onSelect={() => setDialog("rotate")}>{t("rotate.open")}</MenuItem>}
        <MenuSeparator />
        {client.oldSecrets.length > 0 ? (
          <MenuItem danger onSelect={() => setDialog("end")}>
            {t("revokeOld.open")}
          </MenuItem>
        ) : null}
        <MenuItem danger onSelect={() => setDialog("revoke")}>
          {common("revoke")}
        </MenuItem>
      </RowMenu>
      {dialog === "edit" ? <EditClient workspace={workspace} client={client} onOpenChange={close} /> : null}
      {dialog === "addresses" ? <ClientAddresses client={client} base={base} onOpenChange={close} /> : null}
      {dialog === "rotate" ? (
        <RotateClient workspace={workspace} client={client} onOpenChange={close} onMade={onMade} />
      ) : null}
      <Confirm
        open={dialog === "end"}
        onOpenChange={close}
        title={t("revokeOld.title", { name: client.name })}
        action={common("revoke")}
        run={() => revokeOldSecrets(workspace, client.id).then(refresh)}
      >
        <p>{t("revokeOld.effect")}</p>
      </Confirm>
      <Confirm
        open={dialog === "revoke"}
        onOpenChange={close}
        title={t("revoke.title", { name: client.name })}
        action={common("revoke")}
        run={() => revokeOAuthClient(workspace, client.id).then(refresh)}
      >
        <p>{t("revoke.effect")}</p>
        <p>{t("revoke.nobody")}</p>
      </Confirm>
    </div>
  );
}

function Facts({ client }: { client: OAuthClientRow }) {
  const t = useTranslations("clients");
  const common = useTranslations("common");
  const { lastUse, consent, connection, creator } = client;
  const [old] = client.oldSecrets;
  return (
    <p className="wrap-anywhere text-[13px] text-ink-faint">
      {lastUse
        ? t.rich("fact.lastUse", {
            ...optional("agent", lastUse.agent && agentName(lastUse.agent, common)),
            time: () => <Time at={lastUse.at} />,
          })
        : t("fact.neverUsed")}
      {" · "}
      {t("fact.lifetime", { hours: String(client.tokenSeconds / 3_600) })}
      {consent ? (
        <>
          {" · "}
          {t.rich("fact.allowed", { by: consent.by, time: () => <Time at={consent.at} /> })}
        </>
      ) : null}
      {" · "}
      {t.rich("fact.made", { ...optional("creator", creator), time: () => <Time at={client.createdAt} /> })}
      {connection ? ` · ${connection.name}` : ""}
      {old ? <OldSecret old={old} /> : null}
    </p>
  );
}

function OldSecret({ old: { last4, expiresAt } }: { old: OAuthClientRow["oldSecrets"][number] }) {
  const t = useTranslations("clients");
  return (
    <>
      {" · "}
      {expiresAt ? t("fact.oldSecret", { last4, date: shortDate(expiresAt) }) : t("fact.oldSecretUnlimited", { last4 })}
    </>
  );
}
