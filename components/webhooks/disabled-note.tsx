"use client";

import { useMutation, useQueryClient } from "@tanstack/react-query";
import { TriangleAlert } from "lucide-react";
import { useTranslations } from "use-intl";
import { Button } from "@/components/ui/button";
import { asEnglish } from "@/components/ui/english";
import { ErrorNote } from "@/components/ui/error-note";
import { updateWebhook, type WebhookRow, webhooksQuery } from "@/lib/api/webhooks";

/** Explains why Muster turned the webhook off, and offers to turn it on again. */
export function DisabledNote({ workspace, webhook }: { workspace: string; webhook: WebhookRow }) {
  const t = useTranslations("webhooks");
  const client = useQueryClient();
  const enable = useMutation({
    mutationFn: () => updateWebhook(workspace, webhook.id, { enabled: true }),
    onSuccess: () => client.invalidateQueries({ queryKey: webhooksQuery(workspace).queryKey }),
  });
  if (webhook.enabled || webhook.disabledReason === null) return null;
  return (
    <div className="mt-3">
      <div className="flex flex-wrap items-center gap-x-3 gap-y-2 rounded-lg bg-warn-soft px-3.5 py-2.5 text-warn">
        <TriangleAlert aria-hidden className="size-4 shrink-0" />
        <p className="min-w-0 flex-1 basis-48">
          {t.rich("disabled", { text: webhook.disabledReason, reason: asEnglish })}
        </p>
        <Button size="small" pending={enable.isPending} onClick={() => enable.mutate()}>
          {t("enable")}
        </Button>
      </div>
      <ErrorNote error={enable.error} />
    </div>
  );
}
