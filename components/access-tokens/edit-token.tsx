"use client";

import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useTranslations } from "use-intl";
import { Dialog } from "@/components/ui/dialog";
import { TextField } from "@/components/ui/field";
import { Control, Form, FormActions } from "@/components/ui/form";
import {
  type AccessTokenRow,
  accessTokensQuery,
  type UpdateAccessToken,
  updateAccessToken,
  updateAccessTokenInput,
} from "@/lib/api/access-tokens";
import { ScopeMatrix } from "./scope-matrix";
import { toLevels, toScopes, whyNot } from "./scopes";

type Props = { workspace: string; token: AccessTokenRow; onOpenChange: (open: boolean) => void };

export function EditToken({ workspace, token, onOpenChange }: Props) {
  const t = useTranslations("tokens");
  const common = useTranslations("common");
  const client = useQueryClient();
  const save = useMutation({
    mutationFn: (input: UpdateAccessToken) => updateAccessToken(workspace, token.id, input),
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: accessTokensQuery(workspace).queryKey });
      onOpenChange(false);
    },
  });
  return (
    <Dialog
      open
      onOpenChange={onOpenChange}
      wide
      title={t("edit.title", { name: token.name })}
      description={t("edit.lead")}
    >
      <Form
        schema={updateAccessTokenInput}
        defaultValues={{ name: token.name, scopes: token.scopes }}
        onSubmit={(input) => save.mutate(input)}
        className="space-y-5"
      >
        <TextField name="name" label={common("name")} />
        <Control<string[]> name="scopes">
          {(scopes, change) => <ScopeMatrix value={toLevels(scopes)} onChange={(levels) => change(toScopes(levels))} />}
        </Control>
        <FormActions<UpdateAccessToken>
          action={common("form.save")}
          why={({ name, scopes }) => whyNot(name, scopes, t)}
          mutation={save}
          onCancel={() => onOpenChange(false)}
        />
      </Form>
    </Dialog>
  );
}
