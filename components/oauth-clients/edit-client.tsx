"use client";

import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useTranslations } from "use-intl";
import { ScopeMatrix } from "@/components/access-tokens/scope-matrix";
import { toLevels, toScopes } from "@/components/access-tokens/scopes";
import { Dialog } from "@/components/ui/dialog";
import { Control, Form, FormActions } from "@/components/ui/form";
import { type OAuthClientRow, oauthClientsQuery, updateOAuthClient } from "@/lib/api/oauth-clients";
import { clientDraft, type Draft, toDraft, toSettings, whyNot } from "./client-draft";
import { ClientFields } from "./client-fields";

type Props = { workspace: string; client: OAuthClientRow; onOpenChange: (open: boolean) => void };

export function EditClient({ workspace, client, onOpenChange }: Props) {
  const t = useTranslations("clients");
  const common = useTranslations("common");
  const cache = useQueryClient();
  const save = useMutation({
    mutationFn: (draft: Draft) => updateOAuthClient(workspace, client.id, toSettings(draft)),
    onSuccess: async () => {
      await cache.invalidateQueries({ queryKey: oauthClientsQuery(workspace).queryKey });
      onOpenChange(false);
    },
  });
  return (
    <Dialog
      open
      onOpenChange={onOpenChange}
      wide
      title={t("edit.title", { name: client.name })}
      description={t("edit.lead", { kind: t(`kind.label.${client.kind}`) })}
    >
      <Form
        schema={clientDraft}
        defaultValues={toDraft(client)}
        onSubmit={(draft) => save.mutate(draft)}
        className="space-y-5"
      >
        <ClientFields kind={client.kind} />
        <Control<string[]> name="scopes">
          {(scopes, change) => <ScopeMatrix value={toLevels(scopes)} onChange={(levels) => change(toScopes(levels))} />}
        </Control>
        <FormActions
          action={common("form.save")}
          why={(draft: Draft) => whyNot(draft, t)}
          mutation={save}
          onCancel={() => onOpenChange(false)}
        />
      </Form>
    </Dialog>
  );
}
