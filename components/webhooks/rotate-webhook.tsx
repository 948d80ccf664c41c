"use client";

import { useQueryClient } from "@tanstack/react-query";
import { RotateDialog } from "@/components/ui/rotate-dialog";
import { rotateWebhook, type SecretOverlap, type WebhookRow, webhooksQuery } from "@/lib/api/webhooks";
import { nameOf } from "./words";

const overlaps: { value: SecretOverlap; label: string }[] = [
  { value: "1h", label: "For 1 hour" },
  { value: "24h", label: "For 24 hours" },
  { value: "7d", label: "For 7 days" },
  { value: "now", label: "No longer: it has leaked" },
];

type Props = {
  workspace: string;
  webhook: WebhookRow;
  onOpenChange: (open: boolean) => void;
  onSecret: (secret: string) => void;
};

export function RotateWebhook({ workspace, webhook, onOpenChange, onSecret }: Props) {
  const client = useQueryClient();
  const rotate = async (overlap: SecretOverlap) => {
    onSecret((await rotateWebhook(workspace, webhook.id, overlap)).secret);
    void client.invalidateQueries({ queryKey: webhooksQuery(workspace).queryKey });
  };
  return (
    <RotateDialog
      title={`Rotate the secret of ${nameOf(webhook)}`}
      description="Meanwhile each delivery is signed with both, so the receiver can change over at its own time."
      label="The old secret goes on signing"
      overlaps={overlaps}
      rotate={rotate}
      onOpenChange={onOpenChange}
    />
  );
}
