"use client";

import { useMutation, useQueryClient, useSuspenseQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslations } from "use-intl";
import { Dialog } from "@/components/ui/dialog";
import { TextField } from "@/components/ui/field";
import { Control, Form, FormActions } from "@/components/ui/form";
import {
  accessTokensQuery,
  type CreateAccessToken,
  connectionsQuery,
  createAccessToken,
  createAccessTokenInput,
} from "@/lib/api/access-tokens";
import { ConnectionField } from "./connection-field";
import { type Expiry, ExpiryField, expiryTime, whyNoExpiry } from "./expiry";
import { ScopeMatrix } from "./scope-matrix";
import { isForProvisioning, toLevels, toScopes, whyNot } from "./scopes";

type Props = {
  workspace: string;
  open: boolean;
  onOpenChange: (open: boolean) => void;
  onSecret: (secret: string, scopes: readonly string[]) => void;
};

/** The form for a new token. Passes the secret to the caller, which shows it once. */
export function CreateToken({ open, onOpenChange, ...rest }: Props) {
  const t = useTranslations("tokens");
  return (
    <Dialog open={open} onOpenChange={onOpenChange} wide title={t("create.title")} description={t("create.lead")}>
      <TokenForm {...rest} onCancel={() => onOpenChange(false)} onDone={() => onOpenChange(false)} />
    </Dialog>
  );
}

type FormProps = Pick<Props, "workspace" | "onSecret"> & { onCancel: () => void; onDone: () => void };

function TokenForm({ workspace, onSecret, onCancel, onDone }: FormProps) {
  const t = useTranslations("tokens");
  const common = useTranslations("common");
  const client = useQueryClient();
  const { data: connections } = useSuspenseQuery(connectionsQuery(workspace));
  const [expiry, setExpiry] = useState<Expiry | null>(null);
  const create = useMutation({
    mutationFn: (input: CreateAccessToken) => createAccessToken(workspace, input),
    onSuccess: async ({ secret, token }) => {
      onSecret(secret, token.scopes);
      onDone();
      await client.invalidateQueries({ queryKey: accessTokensQuery(workspace).queryKey });
      await client.invalidateQueries({ queryKey: connectionsQuery(workspace).queryKey });
    },
  });
  /** A token for provisioning lasts unless somebody chooses an end: an expired one would quietly stop it. */
  const expiryOf = (scopes: string[]) => expiry ?? { choice: isForProvisioning(scopes) ? "never" : "365", date: "" };
  return (
    <Form
      schema={createAccessTokenInput}
      defaultValues={{ name: "", scopes: [], expiresAt: null, connection: null }}
      onSubmit={(input) =>
        create.mutate({ ...input, expiresAt: expiryTime(expiryOf(input.scopes), Date.now()) ?? null })
      }
      className="space-y-5"
    >
      <TextField name="name" label={common("name")} hint={t("create.nameHint")} maxLength={100} autoComplete="off" />
      <Control<string[]> name="scopes">
        {(scopes, change) => (
          <>
            <ScopeMatrix value={toLevels(scopes)} onChange={(levels) => change(toScopes(levels))} />
            <ExpiryField value={expiryOf(scopes)} onChange={setExpiry} forProvisioning={isForProvisioning(scopes)} />
            {isForProvisioning(scopes) && connections.length > 0 ? (
              <Control<string | null> name="connection">
                {(name, choose) => <ConnectionField connections={connections} value={name} onChange={choose} />}
              </Control>
            ) : null}
          </>
        )}
      </Control>
      <FormActions<CreateAccessToken>
        action={t("create.action")}
        why={({ name, scopes }) => whyNot(name, scopes, t) ?? whyNoExpiry(expiryOf(scopes), t)}
        mutation={create}
        onCancel={onCancel}
      />
    </Form>
  );
}
