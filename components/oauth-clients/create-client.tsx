"use client";

import { useMutation, useQueryClient, useSuspenseQuery } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { ConnectionField } from "@/components/access-tokens/connection-field";
import { ScopeMatrix } from "@/components/access-tokens/scope-matrix";
import { type Levels, toScopes } from "@/components/access-tokens/scopes";
import { Dialog } from "@/components/ui/dialog";
import { FormActions } from "@/components/ui/form";
import { connectionsQuery } from "@/lib/api/access-tokens";
import {
  type CreatedOAuthClient,
  type CreateOAuthClient,
  createOAuthClient,
  oauthClientsQuery,
} from "@/lib/api/oauth-clients";
import { emptyDraft, type Kind, toSettings, whyNot } from "./client-draft";
import { ClientFields } from "./client-fields";
import { KindField } from "./kind-field";

type Props = {
  workspace: string;
  open: boolean;
  onOpenChange: (open: boolean) => void;
  onMade: (made: CreatedOAuthClient) => void;
};

/** The form for a new client. Passes the secret to the caller, which shows it once. */
export function CreateClient({ open, onOpenChange, ...rest }: Props) {
  return (
    <Dialog
      open={open}
      onOpenChange={onOpenChange}
      wide
      title="New OAuth client"
      description="A client gets tokens that last for a few hours. They act for the whole workspace."
    >
      <ClientForm {...rest} onClose={() => onOpenChange(false)} />
    </Dialog>
  );
}

function ClientForm({ workspace, onMade, onClose }: Pick<Props, "workspace" | "onMade"> & { onClose: () => void }) {
  const client = useQueryClient();
  const { data: connections } = useSuspenseQuery(connectionsQuery(workspace));
  const [kind, setKind] = useState<Kind>("client_credentials");
  const [draft, setDraft] = useState(emptyDraft);
  const [chosen, setChosen] = useState<Levels>({});
  const [connection, setConnection] = useState<string | null>(null);
  const settings = toSettings(kind, draft, toScopes(chosen));
  const why = whyNot(kind, settings);
  const create = useMutation({
    mutationFn: (input: CreateOAuthClient) => createOAuthClient(workspace, input),
    onSuccess: async (made) => {
      onMade(made);
      onClose();
      await client.invalidateQueries({ queryKey: oauthClientsQuery(workspace).queryKey });
      await client.invalidateQueries({ queryKey: connectionsQuery(workspace).queryKey });
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    create.mutate({ ...settings, kind, isPublic: draft.isPublic, connection });
  };
  return (
    <form onSubmit={submit} className="space-y-5">
      <KindField value={kind} onChange={setKind} />
      <ClientFields kind={kind} draft={draft} onChange={(part) => setDraft({ ...draft, ...part })} isNew />
      <ScopeMatrix value={chosen} onChange={setChosen} />
      {settings.scopes.includes("user_management:read-write") && connections.length > 0 ? (
        <ConnectionField connections={connections} value={connection} onChange={setConnection} />
      ) : null}
      <FormActions action="Create client" why={why} mutation={create} onCancel={onClose} />
    </form>
  );
}
