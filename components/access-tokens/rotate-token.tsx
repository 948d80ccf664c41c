"use client";

import { useQueryClient } from "@tanstack/react-query";
import { RotateDialog } from "@/components/ui/rotate-dialog";
import { type AccessTokenRow, accessTokensQuery, type Overlap, rotateAccessToken } from "@/lib/api/access-tokens";
import { overlaps } from "./overlaps";

type Props = {
  workspace: string;
  token: AccessTokenRow;
  onOpenChange: (open: boolean) => void;
  onSecret: (secret: string) => void;
};

export function RotateToken({ workspace, token, onOpenChange, onSecret }: Props) {
  const client = useQueryClient();
  const rotate = async (overlap: Overlap) => {
    onSecret((await rotateAccessToken(workspace, token.id, overlap)).secret);
    void client.invalidateQueries({ queryKey: accessTokensQuery(workspace).queryKey });
  };
  return (
    <RotateDialog
      title={`Rotate ${token.name}`}
      description="A new secret with the same scopes. Paste it into your identity provider while the old one still works."
      label="The old secret keeps working"
      overlaps={overlaps}
      rotate={rotate}
      onOpenChange={onOpenChange}
    />
  );
}
