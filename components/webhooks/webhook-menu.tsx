"use client";

import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { Confirm } from "@/components/ui/confirm";
import { MenuItem, MenuSeparator, RowMenu } from "@/components/ui/menu";
import { deleteWebhook, updateWebhook, type WebhookRow, webhooksQuery } from "@/lib/api/webhooks";
import { EditWebhook } from "./edit-webhook";
import { RotateWebhook } from "./rotate-webhook";
import { nameOf } from "./words";

type Props = {
  workspace: string;
  webhook: WebhookRow;
  onSecret: (secret: string) => void;
  onDeleted?: () => void;
};

/** The actions on a webhook, in the list and on its own page. */
export function WebhookMenu({ workspace, webhook, onSecret, onDeleted }: Props) {
  const client = useQueryClient();
  const [dialog, setDialog] = useState<"edit" | "rotate" | "disable" | "delete" | null>(null);
  const close = (open: boolean) => setDialog(open ? dialog : null);
  const refresh = () => client.invalidateQueries({ queryKey: webhooksQuery(workspace).queryKey });
  const enable = useMutation({
    mutationFn: () => updateWebhook(workspace, webhook.id, { enabled: true }),
    onSuccess: refresh,
  });
  const name = nameOf(webhook);
  return (
    <>
      <RowMenu label={`Actions for ${name}`}>
        <MenuItem onSelect={() => setDialog("edit")}>Edit</MenuItem>
        <MenuItem onSelect={() => setDialog("rotate")}>Rotate secret</MenuItem>
        {webhook.enabled ? (
          <MenuItem onSelect={() => setDialog("disable")}>Disable</MenuItem>
        ) : (
          <MenuItem onSelect={() => enable.mutate()}>Enable</MenuItem>
        )}
        <MenuSeparator />
        <MenuItem danger onSelect={() => setDialog("delete")}>
          Delete
        </MenuItem>
      </RowMenu>
      {dialog === "edit" ? <EditWebhook workspace={workspace} webhook={webhook} onOpenChange={close} /> : null}
      {dialog === "rotate" ? (
        <RotateWebhook workspace={workspace} webhook={webhook} onOpenChange={close} onSecret={onSecret} />
      ) : null}
      <Confirm
        open={dialog === "disable"}
        onOpenChange={close}
        title={`Disable ${name}?`}
        action="Disable"
        look="primary"
        run={() => updateWebhook(workspace, webhook.id, { enabled: false }).then(refresh)}
      >
        <p>What happens while it is off is not sent, also not later. What waits already is sent once it is on again.</p>
      </Confirm>
      <Confirm
        open={dialog === "delete"}
        onOpenChange={close}
        title={`Delete ${name}?`}
        action="Delete"
        run={async () => {
          await deleteWebhook(workspace, webhook.id);
          onDeleted?.();
          await refresh();
        }}
      >
        <p>
          Nothing more is sent to it, what waits is dropped, and its delivery log goes with it. This can't be undone.
        </p>
      </Confirm>
    </>
  );
}
