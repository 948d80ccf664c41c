"use client";

import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { Button } from "@/components/ui/button";
import { Dialog, DialogActions } from "@/components/ui/dialog";
import { ErrorNote } from "@/components/ui/error-note";
import { Field } from "@/components/ui/field";
import { Select } from "@/components/ui/select";
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
  const [overlap, setOverlap] = useState<SecretOverlap>("24h");
  const rotate = useMutation({
    mutationFn: () => rotateWebhook(workspace, webhook.id, overlap),
    onSuccess: async ({ secret }) => {
      onSecret(secret);
      onOpenChange(false);
      await client.invalidateQueries({ queryKey: webhooksQuery(workspace).queryKey });
    },
  });
  return (
    <Dialog
      open
      onOpenChange={onOpenChange}
      title={`Rotate the secret of ${nameOf(webhook)}`}
      description="Meanwhile each delivery is signed with both, so the receiver can change over at its own time."
    >
      <Field label="The old secret goes on signing">
        {(props) => (
          <Select
            {...props}
            value={overlap}
            onChange={(value) => setOverlap(value as SecretOverlap)}
            options={overlaps}
          />
        )}
      </Field>
      <ErrorNote error={rotate.error} />
      <DialogActions>
        <Button onClick={() => onOpenChange(false)}>Cancel</Button>
        <Button look="primary" pending={rotate.isPending} onClick={() => rotate.mutate()}>
          Make new secret
        </Button>
      </DialogActions>
    </Dialog>
  );
}
