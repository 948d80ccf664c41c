"use client";

import { Checkbox } from "@/components/ui/checkbox";
import { Field, inputClass } from "@/components/ui/field";
import { Select } from "@/components/ui/select";
import type { Draft, Kind } from "./client-draft";

const areaClass = `${inputClass} block h-auto! resize-y py-[7px] font-mono text-[13px] leading-5`;

const hours = [1, 2, 3, 4, 5, 6].map((count) => ({
  value: String(count),
  label: count === 1 ? "For 1 hour" : `For ${count} hours`,
}));

type Props = { kind: Kind; draft: Draft; onChange: (part: Partial<Draft>) => void; isNew?: boolean };

/** Name and lifetime, which every client has, and the fields of its kind. */
export function ClientFields({ kind, draft, onChange, isNew = false }: Props) {
  return (
    <>
      <div className="grid gap-4 sm:grid-cols-[minmax(0,1fr)_11rem]">
        <Field label="Name" hint="Who uses it, such as Okta.">
          {(props) => (
            <input
              {...props}
              className={inputClass}
              value={draft.name}
              maxLength={100}
              autoComplete="off"
              onChange={(event) => onChange({ name: event.target.value })}
            />
          )}
        </Field>
        <Field label="Its tokens last">
          {(props) => (
            <Select {...props} value={draft.hours} onChange={(value) => onChange({ hours: value })} options={hours} />
          )}
        </Field>
      </div>
      {kind === "authorization_code" ? <CodeFields draft={draft} onChange={onChange} isNew={isNew} /> : null}
      {kind === "federation" ? <FederationFields draft={draft} onChange={onChange} /> : null}
    </>
  );
}

function CodeFields({ draft, onChange, isNew }: Omit<Props, "kind">) {
  return (
    <>
      <Field label="Redirect addresses" hint="One a line, exactly as the client sends them.">
        {(props) => (
          <textarea
            {...props}
            className={areaClass}
            rows={2}
            spellCheck={false}
            value={draft.redirectUris}
            placeholder="https://…/oauth/callback"
            onChange={(event) => onChange({ redirectUris: event.target.value })}
          />
        )}
      </Field>
      {isNew ? (
        <Checkbox
          label="Public client, without a secret"
          hint="For programs that can't keep one; they must use PKCE. Okta needs a secret."
          checked={draft.isPublic}
          onChange={(isPublic) => onChange({ isPublic })}
        />
      ) : null}
    </>
  );
}

function FederationFields({ draft, onChange }: Pick<Props, "draft" | "onChange">) {
  const line = (name: "issuer" | "subject" | "jwksUri", label: string, placeholder: string, hint?: string) => (
    <Field label={label} hint={hint}>
      {(props) => (
        <input
          {...props}
          className={`${inputClass} font-mono text-[13px]`}
          value={draft[name]}
          maxLength={500}
          spellCheck={false}
          autoComplete="off"
          placeholder={placeholder}
          onChange={(event) => onChange({ [name]: event.target.value })}
        />
      )}
    </Field>
  );
  return (
    <>
      {line("issuer", "Issuer", "https://login.microsoftonline.com/<tenant ID>/v2.0")}
      <div className="grid gap-4 sm:grid-cols-2">
        {line("subject", "Subject", "the object ID that Entra shows")}
        <Field label="Audience" hint="Several: one a line.">
          {(props) => (
            <textarea
              {...props}
              className={areaClass}
              rows={1}
              spellCheck={false}
              value={draft.audiences}
              placeholder="api://<application ID>/.default"
              onChange={(event) => onChange({ audiences: event.target.value })}
            />
          )}
        </Field>
      </div>
      {line(
        "jwksUri",
        "JWKS URL",
        "https://login.microsoftonline.com/<tenant ID>/discovery/v2.0/keys",
        "Left empty, it is read from the issuer's discovery document.",
      )}
    </>
  );
}
