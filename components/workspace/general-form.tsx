"use client";

import { useMutation, useQueryClient, useSuspenseQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { ErrorNote } from "@/components/ui/error-note";
import { Field, inputClass, TextField } from "@/components/ui/field";
import { Form, SaveButton } from "@/components/ui/form";
import { Card, Section } from "@/components/ui/section";
import { settingsQuery, updateSettings, workspaceNameInput } from "@/lib/api/settings";
import { counted } from "@/lib/format";

export function GeneralForm({ workspace }: { workspace: string }) {
  const client = useQueryClient();
  const { data: settings } = useSuspenseQuery(settingsQuery(workspace));
  const save = useMutation({
    mutationFn: (name: string) => updateSettings(workspace, { name }),
    onSuccess: (saved) => client.setQueryData(settingsQuery(workspace).queryKey, saved),
  });
  return (
    <>
      <Section title="Workspace">
        <Card className="p-5">
          <Form
            schema={workspaceNameInput}
            defaultValues={{ name: settings.name }}
            onSubmit={({ name }) => save.mutate(name)}
            error={save.error}
          >
            <div className="grid gap-4 sm:grid-cols-2">
              <TextField name="name" label="Name" autoComplete="organization" />
              <Field label="Address" hint="Part of every link; it can't be changed.">
                {(props) => <input {...props} className={inputClass} value={settings.slug} disabled />}
              </Field>
            </div>
            <ErrorNote error={save.error} />
            <SaveButton pending={save.isPending} saved={save.isSuccess} />
          </Form>
        </Card>
      </Section>
      <Section title="Plan and seats">
        <Card className="divide-y">
          <Fact label="Plan">{settings.plan.charAt(0).toUpperCase() + settings.plan.slice(1)}</Fact>
          <Fact label="Seats">
            {counted(settings.seatsUsed, "seat")} used,{" "}
            {settings.seatLimit === null ? "no limit" : `of ${settings.seatLimit}`}
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
