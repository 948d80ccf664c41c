"use client";

import { useMutation } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { Field, inputClass } from "@/components/ui/field";
import { FormActions } from "@/components/ui/form";
import type { CreateWebhook, EventGroup } from "@/lib/api/webhooks";
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
  const [url, setUrl] = useState(webhook.url);
  const [description, setDescription] = useState(webhook.description);
  const [chosen, setChosen] = useState(chosenOf(webhook.events));
  const mutation = useMutation({ mutationFn: save });
  const isEmpty = !chosen.every && chosen.types.length === 0;
  const why = url.trim() === "" ? "Type an address." : isEmpty ? "Choose at least one event." : null;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (why === null) mutation.mutate({ url, description, events: eventsOf(chosen) });
  };
  return (
    <form onSubmit={submit} className="space-y-5">
      <Field label="Address" hint="https, on port 443 or 8443, and reachable from the internet.">
        {(props) => (
          <input
            {...props}
            type="url"
            inputMode="url"
            className={inputClass}
            value={url}
            placeholder="https://example.com/webhooks/muster"
            autoComplete="off"
            spellCheck={false}
            onChange={(event) => setUrl(event.target.value)}
          />
        )}
      </Field>
      <Field label="Description" hint="What it is for, such as CRM sync. May stay empty.">
        {(props) => (
          <input
            {...props}
            className={inputClass}
            value={description}
            maxLength={200}
            autoComplete="off"
            onChange={(event) => setDescription(event.target.value)}
          />
        )}
      </Field>
      <EventField groups={groups} value={chosen} onChange={setChosen} />
      <FormActions action={action} why={why} mutation={mutation} onCancel={onCancel} />
    </form>
  );
}
