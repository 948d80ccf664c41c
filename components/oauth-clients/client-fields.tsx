"use client";

import { useFormContext } from "react-hook-form";
import { Checkbox } from "@/components/ui/checkbox";
import { Field, inputClass, TextField } from "@/components/ui/field";
import { Control } from "@/components/ui/form";
import { Select } from "@/components/ui/select";
import type { Kind } from "./client-draft";

const areaClass = `${inputClass} block h-auto! resize-y py-[7px] font-mono text-[13px] leading-5`;

const hours = [1, 2, 3, 4, 5, 6].map((count) => ({
  value: String(count),
  label: count === 1 ? "For 1 hour" : `For ${count} hours`,
}));

type Props = { kind: Kind; isNew?: boolean };

/** Name and lifetime, which every client has, and the fields of its kind. */
export function ClientFields({ kind, isNew = false }: Props) {
  return (
    <>
      <div className="grid gap-4 sm:grid-cols-[minmax(0,1fr)_11rem]">
        <TextField name="name" label="Name" hint="Who uses it, such as Okta." maxLength={100} autoComplete="off" />
        <Control<string> name="hours">
          {(value, change) => (
            <Field label="Its tokens last">
              {(props) => <Select {...props} value={value} onChange={change} options={hours} />}
            </Field>
          )}
        </Control>
      </div>
      {kind === "authorization_code" ? <CodeFields isNew={isNew} /> : null}
      {kind === "federation" ? <FederationFields /> : null}
    </>
  );
}

type LinesProps = {
  name: "redirectUris" | "audiences";
  label: string;
  hint: string;
  rows: number;
  placeholder: string;
};

/** Several texts, one on each line. */
function LinesField({ name, label, hint, ...rest }: LinesProps) {
  const { register } = useFormContext();
  return (
    <Field label={label} hint={hint}>
      {(props) => <textarea {...rest} {...props} {...register(name)} className={areaClass} spellCheck={false} />}
    </Field>
  );
}

function CodeFields({ isNew }: { isNew: boolean }) {
  return (
    <>
      <LinesField
        name="redirectUris"
        label="Redirect addresses"
        hint="One a line, exactly as the client sends them."
        rows={2}
        placeholder="https://…/oauth/callback"
      />
      {isNew ? (
        <Control<boolean> name="isPublic">
          {(checked, change) => (
            <Checkbox
              label="Public client, without a secret"
              hint="For programs that can't keep one; they must use PKCE. Okta needs a secret."
              checked={checked}
              onChange={change}
            />
          )}
        </Control>
      ) : null}
    </>
  );
}

const code = { maxLength: 500, spellCheck: false, autoComplete: "off", isCode: true };

function FederationFields() {
  return (
    <>
      <TextField
        {...code}
        name="issuer"
        label="Issuer"
        placeholder="https://login.microsoftonline.com/<tenant ID>/v2.0"
      />
      <div className="grid gap-4 sm:grid-cols-2">
        <TextField {...code} name="subject" label="Subject" placeholder="the object ID that Entra shows" />
        <LinesField
          name="audiences"
          label="Audience"
          hint="Several: one a line."
          rows={1}
          placeholder="api://<application ID>/.default"
        />
      </div>
      <TextField
        {...code}
        name="jwksUri"
        label="JWKS URL"
        placeholder="https://login.microsoftonline.com/<tenant ID>/discovery/v2.0/keys"
        hint="Left empty, it is read from the issuer's discovery document."
      />
    </>
  );
}
