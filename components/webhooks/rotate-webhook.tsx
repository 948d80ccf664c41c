"use client";

import { useQueryClient } from "@tanstack/react-query";
import { useTranslations } from "use-intl";
import { RotateDialog } from "@/components/ui/rotate-dialog";
import { rotateWebhook, type SecretOverlap, type WebhookRow, webhooksQuery } from "@/lib/api/webhooks";
import { nameOf } from "./words";

const overlaps: readonly SecretOverlap[] = ["1h", "24h", "7d", "now"];

type Props = {
  workspace: string;
  webhook: WebhookRow;
  onOpenChange: (open: boolean) => void;
  onSecret: (secret: string) => void;
};

export function RotateWebhook({ workspace, webhook, onOpenChange, onSecret }: Props) {
  const t = useTranslations("webhooks");
  const client = useQueryClient();
  const rotate = async (overlap: SecretOverlap) => {
    onSecret((await rotateWebhook(workspace, webhook.id, overlap)).secret);
    void client.invalidateQueries({ queryKey: webhooksQuery(workspace).queryKey });
  };
  return (
    <RotateDialog
      title={t("rotate.title", { name: nameOf(webhook) })}
      description={t("rotate.lead")}
      label={t("rotate.label")}
      overlaps={overlaps}
      rotate={rotate}
      onOpenChange={onOpenChange}
    />
  );
}
