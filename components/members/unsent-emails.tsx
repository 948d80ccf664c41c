"use client";

import { useMutation, useQueryClient, useSuspenseQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslations } from "use-intl";
import { Button } from "@/components/ui/button";
import { ErrorNote } from "@/components/ui/error-note";
import { Card, Section } from "@/components/ui/section";
import { Time } from "@/components/ui/time";
import { sendEmailAgain, type UnsentEmail, unsentEmailsQuery } from "@/lib/api/unsent-emails";

const first = 5;

/** The workspace's unsent emails, each with its reason and a way to send it again. Renders nothing when there are none. */
export function UnsentEmails({ workspace }: { workspace: string }) {
  const t = useTranslations("members");
  const { data } = useSuspenseQuery(unsentEmailsQuery(workspace));
  const [all, setAll] = useState(false);
  const { emails, total, waiting } = data;
  return (
    <>
      {waiting ? (
        <p role="status" className="mb-6 rounded-xl bg-warn-soft px-5 py-3.5 text-warn">
          {t.rich("unsent.waiting", { count: waiting.count, time: () => <Time at={waiting.since} /> })}
        </p>
      ) : null}
      {total > 0 ? (
        <Section title={t("unsent.title")} lead={t("unsent.lead")}>
          <Card className="divide-y">
            {(all ? emails : emails.slice(0, first)).map((email) => (
              <UnsentItem key={email.id} workspace={workspace} email={email} />
            ))}
            {emails.length > first && !all ? (
              <button
                type="button"
                className="w-full px-5 py-2.5 text-left text-[13px] text-ink-soft hover:bg-hover"
                onClick={() => setAll(true)}
              >
                {t("unsent.showAll", { count: emails.length })}
              </button>
            ) : null}
            {all && total > emails.length ? (
              <p className="px-5 py-2.5 text-[13px] text-ink-soft">
                {t("unsent.older", { count: total - emails.length })}
              </p>
            ) : null}
          </Card>
        </Section>
      ) : null}
    </>
  );
}

function UnsentItem({ workspace, email }: { workspace: string; email: UnsentEmail }) {
  const t = useTranslations("members");
  const client = useQueryClient();
  const again = useMutation({
    mutationFn: () => sendEmailAgain(workspace, email.id),
    onSuccess: () => client.invalidateQueries({ queryKey: unsentEmailsQuery(workspace).queryKey }),
  });
  const kind = `unsent.kind.${email.kind}` as "unsent.kind.other";
  return (
    <div className="px-5 py-2.5">
      <div className="flex items-center gap-3">
        <span className="min-w-0 flex-1">
          <span className="wrap-anywhere block font-medium">{email.to}</span>
          <span className="wrap-anywhere block text-[13px] text-ink-faint">
            {t.rich("unsent.what", {
              subject: t(t.has(kind) ? kind : "unsent.kind.other"),
              reason: email.reason,
              time: () => <Time at={email.at} />,
            })}
          </span>
        </span>
        {email.canBeSent ? (
          <Button
            size="small"
            pending={again.isPending}
            aria-label={t("unsent.againTo", { email: email.to })}
            onClick={() => again.mutate()}
          >
            {t("unsent.again")}
          </Button>
        ) : (
          <span className="text-[13px] text-ink-faint">{t("unsent.expired")}</span>
        )}
      </div>
      <ErrorNote error={again.error} />
    </div>
  );
}
