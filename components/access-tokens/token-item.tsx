"use client";

import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { Badge } from "@/components/ui/badge";
import { Confirm } from "@/components/ui/confirm";
import { MenuItem, MenuSeparator, RowMenu } from "@/components/ui/menu";
import { Time } from "@/components/ui/time";
import { type AccessTokenRow, accessTokensQuery, revokeAccessToken } from "@/lib/api/access-tokens";
import { agentName, shortDate } from "@/lib/format";
import { EditToken } from "./edit-token";
import { RotateToken } from "./rotate-token";
import { scopeLabel } from "./scopes";

type Props = {
  workspace: string;
  token: AccessTokenRow;
  onSecret: (secret: string, scopes: readonly string[]) => void;
};

export function TokenItem({ workspace, token, onSecret }: Props) {
  const client = useQueryClient();
  const [dialog, setDialog] = useState<"edit" | "rotate" | "revoke" | null>(null);
  const close = (open: boolean) => setDialog(open ? dialog : null);
  const refresh = () => client.invalidateQueries({ queryKey: accessTokensQuery(workspace).queryKey });
  return (
    <div className="flex items-start justify-between gap-4 px-5 py-4">
      <div className="min-w-0 space-y-1.5">
        <div className="flex flex-wrap items-center gap-x-2.5 gap-y-1.5">
          <span className="wrap-anywhere min-w-0 font-medium">{token.name}</span>
          <code className="font-mono text-ink-faint text-xs">
            {token.prefix}…{token.last4}
          </code>
          {token.state === "expired" ? <Badge tone="bad">Expired</Badge> : null}
          {token.retiring && token.state === "live" ? <Badge tone="warn">Being replaced</Badge> : null}
        </div>
        <div className="flex flex-wrap gap-1.5">
          {token.scopes.map((scope) => (
            <Badge key={scope}>{scopeLabel(scope)}</Badge>
          ))}
        </div>
        <p className="wrap-anywhere text-[13px] text-ink-faint">
          <LastUse token={token} />
          {" · "}
          {token.expiresAt ? `expires ${shortDate(token.expiresAt)}` : "never expires"}
          {" · made "}
          <Time at={token.createdAt} />
          {token.creator ? ` by ${token.creator.name}` : ""}
          {token.connection ? ` · ${token.connection.name}` : ""}
        </p>
      </div>
      <RowMenu label={`Actions for ${token.name}`}>
        <MenuItem onSelect={() => setDialog("edit")}>Edit</MenuItem>
        <MenuItem onSelect={() => setDialog("rotate")}>Rotate</MenuItem>
        <MenuSeparator />
        <MenuItem danger onSelect={() => setDialog("revoke")}>
          Revoke
        </MenuItem>
      </RowMenu>
      {dialog === "edit" ? <EditToken workspace={workspace} token={token} onOpenChange={close} /> : null}
      {dialog === "rotate" ? (
        <RotateToken workspace={workspace} token={token} onOpenChange={close} onSecret={onSecret} />
      ) : null}
      <Confirm
        open={dialog === "revoke"}
        onOpenChange={close}
        title={`Revoke ${token.name}?`}
        action="Revoke"
        run={() => revokeAccessToken(workspace, token.id).then(refresh)}
      >
        <p>It stops at once: the very next request with it is refused. This can't be undone.</p>
        <p>
          {token.lastUse ? (
            <>
              Last used <Time at={token.lastUse.at} />.
            </>
          ) : (
            "It was never used."
          )}{" "}
          Nobody is suspended by this.
        </p>
      </Confirm>
    </div>
  );
}

function LastUse({ token: { lastUse } }: { token: AccessTokenRow }) {
  if (!lastUse) return <>Never used</>;
  return (
    <>
      Last used <Time at={lastUse.at} />
      {lastUse.address ? ` from ${lastUse.address}` : ""}
      {lastUse.agent ? ` by ${agentName(lastUse.agent)}` : ""}
    </>
  );
}
