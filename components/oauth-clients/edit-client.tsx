"use client";

import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { ScopeMatrix } from "@/components/access-tokens/scope-matrix";
import { toLevels, toScopes } from "@/components/access-tokens/scopes";
import { Dialog } from "@/components/ui/dialog";
import { FormActions } from "@/components/ui/form";
import { type OAuthClientRow, oauthClientsQuery, updateOAuthClient } from "@/lib/api/oauth-clients";
import { kindLabel, toDraft, toSettings, whyNot } from "./client-draft";
import { ClientFields } from "./client-fields";

type Props = { workspace: string; client: OAuthClientRow; onOpenChange: (open: boolean) => void };

export function EditClient({ workspace, client, onOpenChange }: Props) {
  const cache = useQueryClient();
  const [draft, setDraft] = useState(toDraft(client));
  const [chosen, setChosen] = useState(toLevels(client.scopes));
  const settings = toSettings(client.kind, draft, toScopes(chosen));
  const save = useMutation({
    mutationFn: () => updateOAuthClient(workspace, client.id, settings),
    onSuccess: async () => {
      await cache.invalidateQueries({ queryKey: oauthClientsQuery(workspace).queryKey });
      onOpenChange(false);
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    save.mutate();
  };
  return (
    <Dialog
      open
      onOpenChange={onOpenChange}
      wide
      title={`Edit ${client.name}`}
      description={`${kindLabel(client.kind)}. Fewer scopes count for the next request with a token of it.`}
    >
      <form onSubmit={submit} className="space-y-5">
        <ClientFields kind={client.kind} draft={draft} onChange={(part) => setDraft({ ...draft, ...part })} />
        <ScopeMatrix value={chosen} onChange={setChosen} />
        <FormActions
          action="Save"
          why={whyNot(client.kind, settings)}
          mutation={save}
          onCancel={() => onOpenChange(false)}
        />
      </form>
    </Dialog>
  );
}
