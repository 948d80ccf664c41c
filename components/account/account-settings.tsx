"use client";

import { useMutation, useQueryClient, useSuspenseQuery } from "@tanstack/react-query";
import { useTranslations } from "use-intl";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { ErrorNote } from "@/components/ui/error-note";
import { Field, inputClass, TextField } from "@/components/ui/field";
import { Form, SaveButton } from "@/components/ui/form";
import { Card, Section } from "@/components/ui/section";
import { Time } from "@/components/ui/time";
import { accountQuery, endOtherSessions, endSession, namesInput, updateAccount } from "@/lib/api/account";
import { agentName } from "@/lib/format";
import { SignInMethods } from "./sign-in-methods";

export function AccountSettings() {
  const t = useTranslations("account");
  const common = useTranslations("common");
  const client = useQueryClient();
  const { data: account } = useSuspenseQuery(accountQuery());
  const save = useMutation({
    mutationFn: updateAccount,
    onSuccess: (saved) => client.setQueryData(accountQuery().queryKey, saved),
  });
  return (
    <>
      <Section title={t("profile.title")}>
        <Card className="p-5">
          <Form schema={namesInput} defaultValues={account} onSubmit={(names) => save.mutate(names)}>
            <div className="grid gap-4 sm:grid-cols-2">
              <TextField name="firstName" label={common("firstName")} autoComplete="given-name" />
              <TextField name="lastName" label={common("lastName")} autoComplete="family-name" />
            </div>
            <Field label={common("email")} hint={t("profile.emailHint")}>
              {(props) => <input {...props} className={inputClass} value={account.email} disabled />}
            </Field>
            <ErrorNote error={save.error} />
            <SaveButton pending={save.isPending} saved={save.isSuccess} />
          </Form>
        </Card>
      </Section>
      <SignInMethods />
      <Sessions />
    </>
  );
}

function Sessions() {
  const t = useTranslations("account");
  const common = useTranslations("common");
  const client = useQueryClient();
  const { data: account } = useSuspenseQuery(accountQuery());
  const refresh = () => client.invalidateQueries({ queryKey: accountQuery().queryKey });
  const end = useMutation({ mutationFn: endSession, onSuccess: refresh });
  const endOthers = useMutation({ mutationFn: endOtherSessions, onSuccess: refresh });
  const hasOthers = account.sessions.some(({ current }) => !current);
  return (
    <Section
      title={t("sessions.title")}
      lead={t("sessions.lead")}
      action={
        hasOthers ? (
          <Button pending={endOthers.isPending} onClick={() => endOthers.mutate()}>
            {t("sessions.endOthers")}
          </Button>
        ) : null
      }
    >
      <Card className="divide-y">
        {account.sessions.map((session) => (
          <div key={session.id} className="flex flex-wrap items-center gap-3 px-5 py-3.5">
            <div className="min-w-0 flex-1">
              <p className="font-medium">
                {agentName(session.agent, common)}{" "}
                {session.current ? <Badge tone="good">{t("sessions.this")}</Badge> : null}
              </p>
              <p className="text-[13px] text-ink-faint">
                {t.rich("sessions.seen", {
                  address: session.address ?? t("sessions.unknownAddress"),
                  time: () => <Time at={session.lastSeenAt} />,
                })}
              </p>
            </div>
            {session.current ? null : (
              <Button
                size="small"
                aria-label={t("sessions.endOf", { agent: agentName(session.agent, common) })}
                pending={end.isPending && end.variables === session.id}
                onClick={() => end.mutate(session.id)}
              >
                {t("sessions.end")}
              </Button>
            )}
          </div>
        ))}
      </Card>
      <ErrorNote error={end.error ?? endOthers.error} />
    </Section>
  );
}
