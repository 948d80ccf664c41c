"use client";

import { useTranslations } from "use-intl";
import { Field, inputClass } from "@/components/ui/field";
import { Select } from "@/components/ui/select";
import type { ConnectionRow } from "@/lib/api/access-tokens";

type Props = { connections: ConnectionRow[]; value: string | null; onChange: (name: string | null) => void };

/** Chooses the token's identity provider: the connected one, or another with its own name. */
export function ConnectionField({ connections, value, onChange }: Props) {
  const t = useTranslations("tokens");
  const [first] = connections;
  return (
    <div className="grid gap-4 sm:grid-cols-2">
      <Field label={t("connection.label")} hint={t("connection.hint")}>
        {(props) => (
          <Select
            {...props}
            value={value === null ? "same" : "other"}
            onChange={(choice) => onChange(choice === "same" ? null : "")}
            options={[
              { value: "same", label: t("connection.same", { connection: first?.name ?? "" }) },
              { value: "other", label: t("connection.other") },
            ]}
          />
        )}
      </Field>
      {value === null ? null : (
        <Field label={t("connection.name")}>
          {(props) => (
            <input
              {...props}
              className={inputClass}
              value={value}
              maxLength={60}
              placeholder={t("connection.placeholder")}
              onChange={(event) => onChange(event.target.value)}
            />
          )}
        </Field>
      )}
    </div>
  );
}
