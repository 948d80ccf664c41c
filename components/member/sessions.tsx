"use client";

import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslations } from "use-intl";
import { Button } from "@/components/ui/button";
import { Confirm } from "@/components/ui/confirm";
import { ErrorNote } from "@/components/ui/error-note";
import { Card, Section } from "@/components/ui/section";
import { Time } from "@/components/ui/time";
import { endMemberSessions, type MemberProfile, memberQuery } from "@/lib/api/members";
import { agentName } from "@/lib/format";

/** Where a person is signed in. Sessions are the account's, so they appear only where they concern this workspace alone. */
export function MemberSessions({ workspace, member }: { workspace: string; member: MemberProfile }) {
  const t = useTranslations("members");
  const common = useTranslations("common");
  const client = useQueryClient();
  const [confirming, setConfirming] = useState(false);
  const refresh = () => client.invalidateQueries({ queryKey: memberQuery(workspace, member.id).queryKey });
  const end = useMutation({
    mutationFn: (session: string) => endMemberSessions(workspace, member.id, session),
    onSettled: refresh,
  });
  if (!member.hasAccount || member.state !== "active") return null;
  const sessions = member.sessions ?? [];
  return (
    <Section
      title={t("sessions.title")}
      action={sessions.length > 0 ? <Button onClick={() => setConfirming(true)}>{t("sessions.endAll")}</Button> : null}
    >
      <Card className="divide-y">
        {member.sessions === null ? <p className="px-5 py-4 text-ink-soft">{t("sessions.elsewhere")}</p> : null}
        {member.sessions?.length === 0 ? <p className="px-5 py-4 text-ink-soft">{t("sessions.none")}</p> : null}
        {sessions.map((session) => {
          const agent = agentName(session.agent, common);
          return (
            <div key={session.id} className="flex flex-wrap items-center gap-3 px-5 py-3">
              <div className="min-w-0 flex-1">
                <p className="font-medium">{agent}</p>
                <p className="text-[13px] text-ink-faint">
                  {t.rich("sessions.seen", {
                    address: session.address ?? t("sessions.unknownAddress"),
                    time: () => <Time at={session.lastSeenAt} />,
                  })}
                </p>
              </div>
              <Button
                size="small"
                aria-label={t("sessions.endOne", { agent })}
                pending={end.isPending && end.variables === session.id}
                onClick={() => end.mutate(session.id)}
              >
                {t("sessions.end")}
              </Button>
            </div>
          );
        })}
      </Card>
      <ErrorNote error={end.error} />
      <Confirm
        open={confirming}
        onOpenChange={setConfirming}
        title={t("sessions.endAllTitle", { name: member.name })}
        action={t("sessions.endAll")}
        run={() => endMemberSessions(workspace, member.id).then(refresh)}
      >
        <p>{t("sessions.endAllEffect", { count: sessions.length })}</p>
      </Confirm>
    </Section>
  );
}
