"use client";

import { useMutation, useQueryClient, useSuspenseQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { useTranslations } from "use-intl";
import { ErrorNote } from "@/components/ui/error-note";
import { Field, inputClass, TextField } from "@/components/ui/field";
import { Form, SaveButton } from "@/components/ui/form";
import { Card, Section } from "@/components/ui/section";
import { settingsQuery, updateSettings, workspaceNameInput } from "@/lib/api/settings";

export function GeneralForm({ workspace }: { workspace: string }) {
  const t = useTranslations("workspace");
  const common = useTranslations("common");
  const client = useQueryClient();
  const { data: settings } = useSuspenseQuery(settingsQuery(workspace));
  const save = useMutation({
    mutationFn: (name: string) => updateSettings(workspace, { name }),
    onSuccess: (saved) => client.setQueryData(settingsQuery(workspace).queryKey, saved),
  });
  return (
    <>
      <Section title={t("general.workspace")}>
        <Card className="p-5">
          <Form
            schema={workspaceNameInput}
            defaultValues={{ name: settings.name }}
            onSubmit={({ name }) => save.mutate(name)}
            error={save.error}
          >
            <div className="grid gap-4 sm:grid-cols-2">
              <TextField name="name" label={common("name")} autoComplete="organization" />
              <Field label={t("general.slug")} hint={t("general.slugHint")}>
                {(props) => <input {...props} className={inputClass} value={settings.slug} disabled />}
              </Field>
            </div>
            <ErrorNote error={save.error} />
            <SaveButton pending={save.isPending} saved={save.isSuccess} />
          </Form>
        </Card>
      </Section>
      <Section title={t("general.planAndSeats")}>
        <Card className="divide-y">
          <Fact label={t("general.plan")}>{settings.plan.charAt(0).toUpperCase() + settings.plan.slice(1)}</Fact>
          <Fact label={t("general.seats")}>
            {settings.seatLimit === null
              ? t("general.usedWithoutLimit", { used: settings.seatsUsed })
              : t("general.used", { used: settings.seatsUsed, limit: settings.seatLimit })}
          </Fact>
        </Card>
      </Section>
    </>
  );
}

function Fact({ label, children }: { label: string; children: ReactNode }) {
  return (
    <div className="flex justify-between gap-4 px-5 py-3.5">
      <span className="text-ink-soft">{label}</span>
      <span className="tabular-nums">{children}</span>
    </div>
  );
}
