"use client";

import { useMutation, useQueryClient, useSuspenseQuery } from "@tanstack/react-query";
import { useTranslations } from "use-intl";
import { ConnectionField } from "@/components/access-tokens/connection-field";
import { ScopeMatrix } from "@/components/access-tokens/scope-matrix";
import { isForProvisioning, toLevels, toScopes } from "@/components/access-tokens/scopes";
import { Dialog } from "@/components/ui/dialog";
import { Control, Form, FormActions } from "@/components/ui/form";
import { connectionsQuery } from "@/lib/api/access-tokens";
import { type CreatedOAuthClient, createOAuthClient, oauthClientsQuery } from "@/lib/api/oauth-clients";
import { clientDraft, type Draft, emptyDraft, type Kind, toSettings, whyNot } from "./client-draft";
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
  const t = useTranslations("clients");
  return (
    <Dialog open={open} onOpenChange={onOpenChange} wide title={t("create.title")} description={t("create.lead")}>
      <ClientForm {...rest} onClose={() => onOpenChange(false)} />
    </Dialog>
  );
}

function ClientForm({ workspace, onMade, onClose }: Pick<Props, "workspace" | "onMade"> & { onClose: () => void }) {
  const t = useTranslations("clients");
  const client = useQueryClient();
  const { data: connections } = useSuspenseQuery(connectionsQuery(workspace));
  const create = useMutation({
    mutationFn: (draft: Draft) => {
      const { kind, isPublic, connection } = draft;
      return createOAuthClient(workspace, { ...toSettings(draft), kind, isPublic, connection });
    },
    onSuccess: async (made) => {
      onMade(made);
      onClose();
      await client.invalidateQueries({ queryKey: oauthClientsQuery(workspace).queryKey });
      await client.invalidateQueries({ queryKey: connectionsQuery(workspace).queryKey });
    },
  });
  return (
    <Form
      schema={clientDraft}
      defaultValues={emptyDraft}
      onSubmit={(draft) => create.mutate(draft)}
      className="space-y-5"
    >
      <Control<Kind> name="kind">
        {(kind, change) => (
          <>
            <KindField value={kind} onChange={change} />
            <ClientFields kind={kind} isNew />
          </>
        )}
      </Control>
      <Control<string[]> name="scopes">
        {(scopes, change) => (
          <>
            <ScopeMatrix value={toLevels(scopes)} onChange={(levels) => change(toScopes(levels))} />
            {isForProvisioning(scopes) && connections.length > 0 ? (
              <Control<string | null> name="connection">
                {(name, choose) => <ConnectionField connections={connections} value={name} onChange={choose} />}
              </Control>
            ) : null}
          </>
        )}
      </Control>
      <FormActions
        action={t("create.action")}
        why={(draft: Draft) => whyNot(draft, t)}
        mutation={create}
        onCancel={onClose}
      />
    </Form>
  );
}
