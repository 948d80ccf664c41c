"use client";

import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
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
import { agentName, shortDate } from "@/lib/format";
import { ClientAddresses } from "./client-addresses";
import { kindLabel } from "./client-draft";
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
          {waits ? <Badge tone="warn">Not connected</Badge> : null}
          {client.oldSecrets.length > 0 ? <Badge tone="warn">Two secrets</Badge> : null}
        </div>
        <div className="flex flex-wrap gap-1.5">
          <Badge tone="accent">{kindLabel(client.kind)}</Badge>
          {client.scopes.map((scope) => (
            <Badge key={scope}>{scopeLabel(scope)}</Badge>
          ))}
        </div>
        <Facts client={client} />
      </div>
      <RowMenu label={`Actions for ${client.name}`}>
        <MenuItem onSelect={() => setDialog("addresses")}>Show addresses</MenuItem>
        <MenuItem onSelect={() => setDialog("edit")}>Edit</MenuItem>
        {client.last4 === null ? null : <MenuItem onSelect={() => setDialog("rotate")}>New secret</MenuItem>}
        <MenuSeparator />
        {client.oldSecrets.length > 0 ? (
          <MenuItem danger onSelect={() => setDialog("end")}>
            Revoke old secret
          </MenuItem>
        ) : null}
        <MenuItem danger onSelect={() => setDialog("revoke")}>
          Revoke
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
        title={`Revoke the old secret of ${client.name}?`}
        action="Revoke"
        run={() => revokeOldSecrets(workspace, client.id).then(refresh)}
      >
        <p>Whoever still uses it gets no more tokens. The new secret and what was issued are untouched.</p>
      </Confirm>
      <Confirm
        open={dialog === "revoke"}
        onOpenChange={close}
        title={`Revoke ${client.name}?`}
        action="Revoke"
        run={() => revokeOAuthClient(workspace, client.id).then(refresh)}
      >
        <p>It gets no more tokens, and those that it has are refused at the very next request. This can't be undone.</p>
        <p>Nobody is suspended by this.</p>
      </Confirm>
    </div>
  );
}

function Facts({ client }: { client: OAuthClientRow }) {
  const { lastUse, consent, connection, creator } = client;
  const hours = client.tokenSeconds / 3_600;
  const [old] = client.oldSecrets;
  return (
    <p className="wrap-anywhere text-[13px] text-ink-faint">
      {lastUse ? (
        <>
          Last used <Time at={lastUse.at} />
          {lastUse.agent ? ` by ${agentName(lastUse.agent)}` : ""}
        </>
      ) : (
        "Never used"
      )}
      {` · tokens last ${hours} h`}
      {consent ? (
        <>
          {` · allowed by ${consent.by} `}
          <Time at={consent.at} />
        </>
      ) : null}
      {" · made "}
      <Time at={client.createdAt} />
      {creator ? ` by ${creator}` : ""}
      {connection ? ` · ${connection.name}` : ""}
      {old
        ? ` · the secret …${old.last4} works ${old.expiresAt ? `until ${shortDate(old.expiresAt)}` : "until revoked"}`
        : ""}
    </p>
  );
}
