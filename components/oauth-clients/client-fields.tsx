"use client";

import { useFormContext } from "react-hook-form";
import { useTranslations } from "use-intl";
import { Checkbox } from "@/components/ui/checkbox";
import { Field, inputClass, TextField } from "@/components/ui/field";
import { Control } from "@/components/ui/form";
import { Select } from "@/components/ui/select";
import type { Kind } from "./client-draft";

const areaClass = `${inputClass} block h-auto! resize-y py-[7px] font-mono text-[13px] leading-5`;

const hours = [1, 2, 3, 4, 5, 6];

type Props = { kind: Kind; isNew?: boolean };

/** Name and lifetime, which every client has, and the fields of its kind. */
export function ClientFields({ kind, isNew = false }: Props) {
  const t = useTranslations("clients");
  const common = useTranslations("common");
  return (
    <>
      <div className="grid gap-4 sm:grid-cols-[minmax(0,1fr)_11rem]">
        <TextField name="name" label={common("name")} hint={t("field.nameHint")} maxLength={100} autoComplete="off" />
        <Control<string> name="hours">
          {(value, change) => (
            <Field label={t("field.hours")}>
              {(props) => (
                <Select
                  {...props}
                  value={value}
                  onChange={change}
                  options={hours.map((count) => ({ value: String(count), label: t("field.hoursChoice", { count }) }))}
                />
              )}
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
  const t = useTranslations("clients");
  return (
    <>
      <LinesField
        name="redirectUris"
        label={t("field.redirects")}
        hint={t("field.redirectsHint")}
        rows={2}
        placeholder="https://…/oauth/callback"
      />
      {isNew ? (
        <Control<boolean> name="isPublic">
          {(checked, change) => (
            <Checkbox label={t("field.public")} hint={t("field.publicHint")} checked={checked} onChange={change} />
          )}
        </Control>
      ) : null}
    </>
  );
}

const code = { maxLength: 500, spellCheck: false, autoComplete: "off", isCode: true };

function FederationFields() {
  const t = useTranslations("clients");
  return (
    <>
      <TextField {...code} name="issuer" label={t("field.issuer")} placeholder={t("field.issuerPlaceholder")} />
      <div className="grid gap-4 sm:grid-cols-2">
        <TextField {...code} name="subject" label={t("field.subject")} placeholder={t("field.subjectPlaceholder")} />
        <LinesField
          name="audiences"
          label={t("field.audience")}
          hint={t("field.audienceHint")}
          rows={1}
          placeholder={t("field.audiencePlaceholder")}
        />
      </div>
      <TextField
        {...code}
        name="jwksUri"
        label={t("field.jwks")}
        placeholder={t("field.jwksPlaceholder")}
        hint={t("field.jwksHint")}
      />
    </>
  );
}
