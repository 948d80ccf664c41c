"use client";

import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { Button } from "@/components/ui/button";
import { Dialog, DialogActions } from "@/components/ui/dialog";
import { ErrorNote } from "@/components/ui/error-note";
import { Field, inputClass } from "@/components/ui/field";
import { type AccessTokenRow, accessTokensQuery, updateAccessToken } from "@/lib/api/access-tokens";
import { ScopeMatrix } from "./scope-matrix";
import { toLevels, toScopes } from "./scopes";

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
        <ErrorNote error={save.error} />
        <DialogActions>
          <Button onClick={() => onOpenChange(false)}>Cancel</Button>
          <Button
            look="primary"
            type="submit"
            disabled={scopes.length === 0 || name.trim() === ""}
            pending={save.isPending}
          >
            Save
          </Button>
        </DialogActions>
      </form>
    </Dialog>
  );
}
