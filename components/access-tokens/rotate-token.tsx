"use client";

import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslations } from "use-intl";
import { RotateDialog } from "@/components/ui/rotate-dialog";
import { type AccessTokenRow, accessTokensQuery, type Overlap, rotateAccessToken } from "@/lib/api/access-tokens";
import { type Expiry, ExpiryField, expiryTime, whyNoExpiry } from "./expiry";
import { overlaps } from "./overlaps";

type Props = {
  workspace: string;
  token: AccessTokenRow;
  onOpenChange: (open: boolean) => void;
  onSecret: (secret: string, scopes: readonly string[]) => void;
};

/** The default expiry when rotating a token: the current one or, if that has passed, a year from now. */
function firstChoice({ expiresAt, state }: AccessTokenRow): Expiry {
  if (expiresAt === null) return { choice: "never", date: "" };
  return { choice: state === "expired" ? "365" : "keep", date: "" };
}

export function RotateToken({ workspace, token, onOpenChange, onSecret }: Props) {
  const t = useTranslations("tokens");
  const client = useQueryClient();
  const [expiry, setExpiry] = useState(firstChoice(token));
  const rotate = async (overlap: Overlap) => {
    const expiresAt = expiryTime(expiry, Date.now());
    const made = await rotateAccessToken(workspace, token.id, {
      overlap,
      ...(expiresAt !== undefined && { expiresAt }),
    });
    onSecret(made.secret, made.token.scopes);
    void client.invalidateQueries({ queryKey: accessTokensQuery(workspace).queryKey });
  };
  return (
    <RotateDialog
      title={t("rotate.title", { name: token.name })}
      description={t("rotate.lead")}
      label={t("rotate.label")}
      overlaps={overlaps}
      rotate={rotate}
      why={whyNoExpiry(expiry, t)}
      onOpenChange={onOpenChange}
    >
      <ExpiryField
        value={expiry}
        onChange={setExpiry}
        forProvisioning={token.scopes.includes("user_management:read-write")}
        now={token.state === "expired" ? null : token.expiresAt}
      />
    </RotateDialog>
  );
}
