"use client";

import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslations } from "use-intl";
import { Badge } from "@/components/ui/badge";
import { Confirm } from "@/components/ui/confirm";
import { MenuItem, MenuSeparator, RowMenu } from "@/components/ui/menu";
import { Time } from "@/components/ui/time";
import { type AccessTokenRow, accessTokensQuery, revokeAccessToken } from "@/lib/api/access-tokens";
import { agentName, optional, shortDate } from "@/lib/format";
import { EditToken } from "./edit-token";
import { RotateToken } from "./rotate-token";
import { scopeLabel } from "./scopes";

type Props = {
  workspace: string;
  token: AccessTokenRow;
  onSecret: (secret: string, scopes: readonly string[]) => void;
};

export function TokenItem({ workspace, token, onSecret }: Props) {
  const t = useTranslations("tokens");
  const common = useTranslations("common");
  const client = useQueryClient();
  const [dialog, setDialog] = useState<"edit" | "rotate" | "revoke" | null>(null);
  const close = (open: boolean) => setDialog(open ? dialog : null);
  const refresh = () => client.invalidateQueries({ queryKey: accessTokensQuery(workspace).queryKey });
  const { lastUse } = token;
  return (
    <div className="flex items-start justify-between gap-4 px-5 py-4">
      <div className="min-w-0 space-y-1.5">
        <div className="flex flex-wrap items-center gap-x-2.5 gap-y-1.5">
          <span className="wrap-anywhere min-w-0 font-medium">{token.name}</span>
          <code className="font-mono text-ink-faint text-xs">
            {token.prefix}…{token.last4}
          </code>
          {token.state === "expired" ? <Badge tone="bad">{t("state.expired")}</Badge> : null}
          {token.retiring && token.state === "live" ? <Badge tone="warn">{t("state.retiring")}</Badge> : null}
        </div>
        <div className="flex flex-wrap gap-1.5">
          {token.scopes.map((scope) => (
            <Badge key={scope} whole>
              {scopeLabel(scope, t)}
            </Badge>
          ))}
        </div>
        <p className="wrap-anywhere text-[13px] text-ink-faint">
          <LastUse token={token} />
          {" · "}
          {token.expiresAt ? t("fact.expires", { date: shortDate(token.expiresAt) }) : t("fact.neverExpires")}
          {" · "}
          {t.rich("fact.made", {
            ...optional("creator", token.creator?.name),
            time: () => <Time at={token.createdAt} />,
          })}
          {token.connection ? ` · ${token.connection.name}` : ""}
        </p>
      </div>
      <RowMenu label={common("actionsFor", { name: token.name })}>
        <MenuItem onSelect={() => setDialog("edit")}>{common("edit")}</MenuItem>
        <MenuItem onSelect={() => setDialog("rotate")}>{t("rotate.open")}</MenuItem>
        <MenuSeparator />
        <MenuItem danger onSelect={() => setDialog("revoke")}>
          {common("revoke")}
        </MenuItem>
      </RowMenu>
      {dialog === "edit" ? <EditToken workspace={workspace} token={token} onOpenChange={close} /> : null}
      {dialog === "rotate" ? (
        <RotateToken workspace={workspace} token={token} onOpenChange={close} onSecret={onSecret} />
      ) : null}
      <Confirm
        open={dialog === "revoke"}
        onOpenChange={close}
        title={t("revoke.title", { name: token.name })}
        action={common("revoke")}
        run={() => revokeAccessToken(workspace, token.id).then(refresh)}
      >
        <p>{t("revoke.effect")}</p>
        <p>{lastUse ? t.rich("revoke.lastUse", { time: () => <Time at={lastUse.at} /> }) : t("revoke.neverUsed")}</p>
      </Confirm>
    </div>
  );
}

function LastUse({ token: { lastUse } }: { token: AccessTokenRow }) {
  const t = useTranslations("tokens");
  const common = useTranslations("common");
  if (!lastUse) return t("fact.neverUsed");
  return t.rich("fact.lastUse", {
    ...optional("address", lastUse.address),
    ...optional("agent", lastUse.agent && agentName(lastUse.agent, common)),
    time: () => <Time at={lastUse.at} />,
  });
}
