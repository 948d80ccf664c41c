"use client";

import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslations } from "use-intl";
import { TextField } from "@/components/ui/field";
import { Control, Form, FormActions } from "@/components/ui/form";
import { type CreateWebhook, createWebhookInput, type EventGroup } from "@/lib/api/webhooks";
import { chosenOf, EventField, eventsOf } from "./event-field";

type Props = {
  groups: EventGroup[];
  webhook: CreateWebhook;
  action: string;
  save: (input: CreateWebhook) => Promise<unknown>;
  onCancel: () => void;
};

/** The form for a webhook's URL, events and description. */
export function WebhookForm({ groups, webhook, action, save, onCancel }: Props) {
  const t = useTranslations("webhooks");
  const [chosen, setChosen] = useState(chosenOf(webhook.events));
  const mutation = useMutation({ mutationFn: save });
  const isEmpty = !chosen.every && chosen.types.length === 0;
  const whyNot = ({ url }: CreateWebhook) => {
    if (url.trim() === "") return t("missing.url");
    return isEmpty ? t("missing.events") : null;
  };
  return (
    <Form
      schema={createWebhookInput}
      defaultValues={webhook}
      onSubmit={(input) => mutation.mutate(input)}
      className="space-y-5"
    >
      <TextField
        name="url"
        label={t("field.url")}
        hint={t("field.urlHint")}
        type="url"
        inputMode="url"
        placeholder={t("field.urlPlaceholder")}
        autoComplete="off"
        spellCheck={false}
      />
      <TextField
        name="description"
        label={t("field.description")}
        hint={t("field.descriptionHint")}
        maxLength={200}
        autoComplete="off"
      />
      <Control<string[]> name="events">
        {(_, change) => (
          <EventField
            groups={groups}
            value={chosen}
            onChange={(next) => {
              setChosen(next); // "only these" with none ticked yet is not all of them
              change(eventsOf(next));
            }}
          />
        )}
      </Control>
      <FormActions<CreateWebhook> action={action} why={whyNot} mutation={mutation} onCancel={onCancel} />
    </Form>
  );
}
