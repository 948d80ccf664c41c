"use client";

import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { Dialog } from "@/components/ui/dialog";
import { Field, inputClass } from "@/components/ui/field";
import { FormActions } from "@/components/ui/form";
import { type AccessTokenRow, accessTokensQuery, updateAccessToken } from "@/lib/api/access-tokens";
import { ScopeMatrix } from "./scope-matrix";
import { toLevels, toScopes, whyNot } from "./scopes";

type Props = { workspace: string; token: AccessTokenRow; onOpenChange: (open: boolean) => void };

export function EditToken({ workspace, token, onOpenChange }: Props) {
  const client = useQueryClient();
  const [name, setName] = useState(token.name);
  const [chosen, setChosen] = useState(toLevels(token.scopes));
  const scopes = toScopes(chosen);
  const save = useMutation({
    mutationFn: () => updateAccessToken(workspace, token.id, { name, scopes }),
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: accessTokensQuery(workspace).queryKey });
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
      title={`Edit ${token.name}`}
      description="The next request with the token sees the change."
    >
      <form onSubmit={submit} className="space-y-5">
        <Field label="Name">
          {(props) => (
            <input {...props} className={inputClass} value={name} onChange={(event) => setName(event.target.value)} />
          )}
        </Field>
        <ScopeMatrix value={chosen} onChange={setChosen} />
        <FormActions action="Save" why={whyNot(name, scopes)} mutation={save} onCancel={() => onOpenChange(false)} />
      </form>
    </Dialog>
  );
}
