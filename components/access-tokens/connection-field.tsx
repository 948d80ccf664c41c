"use client";

import { Field, inputClass } from "@/components/ui/field";
import { Select } from "@/components/ui/select";
import type { ConnectionRow } from "@/lib/api/access-tokens";

type Props = { connections: ConnectionRow[]; value: string | null; onChange: (name: string | null) => void };

/** Chooses the token's identity provider: the connected one, or another with its own name. */
export function ConnectionField({ connections, value, onChange }: Props) {
  const [first] = connections;
  return (
    <div className="grid gap-4 sm:grid-cols-2">
      <Field label="Identity provider" hint="Tokens of one identity provider manage the same people.">
        {(props) => (
          <Select
            {...props}
            value={value === null ? "same" : "other"}
            onChange={(choice) => onChange(choice === "same" ? null : "")}
            options={[
              { value: "same", label: `${first?.name} (connected)` },
              { value: "other", label: "Another identity provider" },
            ]}
          />
        )}
      </Field>
      {value === null ? null : (
        <Field label="Its name">
          {(props) => (
            <input
              {...props}
              className={inputClass}
              value={value}
              maxLength={60}
              placeholder="Okta"
              onChange={(event) => onChange(event.target.value)}
            />
          )}
        </Field>
      )}
    </div>
  );
}
