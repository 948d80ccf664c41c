"use client";

import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
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
  const [chosen, setChosen] = useState(chosenOf(webhook.events));
  const mutation = useMutation({ mutationFn: save });
  const isEmpty = !chosen.every && chosen.types.length === 0;
  const whyNot = ({ url }: CreateWebhook) => {
    if (url.trim() === "") return "Type an address.";
    return isEmpty ? "Choose at least one event." : null;
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
        label="Address"
        hint="https, on port 443 or 8443, and reachable from the internet."
        type="url"
        inputMode="url"
        placeholder="https://example.com/webhooks/muster"
        autoComplete="off"
        spellCheck={false}
      />
      <TextField
        name="description"
        label="Description"
        hint="What it is for, such as CRM sync. May stay empty."
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
