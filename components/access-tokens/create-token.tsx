"use client";

import { useMutation, useQueryClient, useSuspenseQuery } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { Dialog } from "@/components/ui/dialog";
import { Field, inputClass } from "@/components/ui/field";
import { FormActions } from "@/components/ui/form";
import {
  accessTokensQuery,
  type CreateAccessToken,
  connectionsQuery,
  createAccessToken,
} from "@/lib/api/access-tokens";
import { ConnectionField } from "./connection-field";
import { type Expiry, ExpiryField, expiryTime, whyNoExpiry } from "./expiry";
import { ScopeMatrix } from "./scope-matrix";
import { type Levels, toScopes, whyNot } from "./scopes";

type Props = {
  workspace: string;
  open: boolean;
  onOpenChange: (open: boolean) => void;
  onSecret: (secret: string, scopes: readonly string[]) => void;
};

/** The form for a new token. Passes the secret to the caller, which shows it once. */
export function CreateToken({ open, onOpenChange, ...rest }: Props) {
  return (
    <Dialog
      open={open}
      onOpenChange={onOpenChange}
      wide
      title="New access token"
      description="A token acts for the whole workspace. Treat it like a password."
    >
      <TokenForm {...rest} onCancel={() => onOpenChange(false)} onDone={() => onOpenChange(false)} />
    </Dialog>
  );
}

type FormProps = Pick<Props, "workspace" | "onSecret"> & { onCancel: () => void; onDone: () => void };

function TokenForm({ workspace, onSecret, onCancel, onDone }: FormProps) {
  const client = useQueryClient();
  const { data: connections } = useSuspenseQuery(connectionsQuery(workspace));
  const [name, setName] = useState("");
  const [chosen, setChosen] = useState<Levels>({});
  const [expiry, setExpiry] = useState<Expiry | null>(null);
  const [connection, setConnection] = useState<string | null>(null);
  const scopes = toScopes(chosen);
  const forProvisioning = scopes.includes("user_management:read-write");
  const shownExpiry = expiry ?? { choice: forProvisioning ? "never" : "365", date: "" };
  const create = useMutation({
    mutationFn: (input: CreateAccessToken) => createAccessToken(workspace, input),
    onSuccess: async ({ secret, token }) => {
      onSecret(secret, token.scopes);
      onDone();
      await client.invalidateQueries({ queryKey: accessTokensQuery(workspace).queryKey });
      await client.invalidateQueries({ queryKey: connectionsQuery(workspace).queryKey });
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    create.mutate({ name, scopes, expiresAt: expiryTime(shownExpiry, Date.now()) ?? null, connection });
  };
  return (
    <form onSubmit={submit} className="space-y-5">
      <Field label="Name" hint="Who uses it, such as SCIM Management.">
        {(props) => (
          <input
            {...props}
            className={inputClass}
            value={name}
            maxLength={100}
            autoComplete="off"
            onChange={(event) => setName(event.target.value)}
          />
        )}
      </Field>
      <ScopeMatrix value={chosen} onChange={setChosen} />
      <ExpiryField value={shownExpiry} onChange={setExpiry} forProvisioning={forProvisioning} />
      {forProvisioning && connections.length > 0 ? (
        <ConnectionField connections={connections} value={connection} onChange={setConnection} />
      ) : null}
      <FormActions
        action="Create token"
        why={whyNot(name, scopes) ?? whyNoExpiry(shownExpiry)}
        mutation={create}
        onCancel={onCancel}
      />
    </form>
  );
}
