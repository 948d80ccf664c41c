"use client";

import { useQueryClient } from "@tanstack/react-query";
import { useTranslations } from "use-intl";
import { overlaps } from "@/components/access-tokens/overlaps";
import { RotateDialog } from "@/components/ui/rotate-dialog";
import type { Overlap } from "@/lib/api/access-tokens";
import {
  type CreatedOAuthClient,
  type OAuthClientRow,
  oauthClientsQuery,
  rotateOAuthClient,
} from "@/lib/api/oauth-clients";

type Props = {
  workspace: string;
  client: OAuthClientRow;
  onOpenChange: (open: boolean) => void;
  onMade: (made: CreatedOAuthClient) => void;
};

export function RotateClient({ workspace, client, onOpenChange, onMade }: Props) {
  const t = useTranslations("clients");
  const cache = useQueryClient();
  const rotate = async (overlap: Overlap) => {
    onMade(await rotateOAuthClient(workspace, client.id, overlap));
    void cache.invalidateQueries({ queryKey: oauthClientsQuery(workspace).queryKey });
  };
  return (
    <RotateDialog
      title={t("rotate.title", { name: client.name })}
      description={t("rotate.lead")}
      label={t("rotate.label")}
      overlaps={overlaps}
      rotate={rotate}
      onOpenChange={onOpenChange}
    />
  );
}
