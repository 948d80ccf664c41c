"use client";

import { Field, inputClass } from "@/components/ui/field";
import { Select } from "@/components/ui/select";

const day = 86_400_000;
const choices = [
  { value: "30", label: "30 days" },
  { value: "90", label: "90 days" },
  { value: "180", label: "180 days" },
  { value: "365", label: "1 year" },
  { value: "never", label: "Never" },
  { value: "date", label: "On a day …" },
] as const;

export type Expiry = { choice: string; date: string };

/** The time of an expiry, or null for never. A day ends with its last second, in UTC. */
export function expiryTime({ choice, date }: Expiry, now: number): string | null {
  if (choice === "never") return null;
  if (choice === "date") return date === "" ? null : new Date(`${date}T23:59:59.000Z`).toISOString();
  return new Date(now + Number(choice) * day).toISOString();
}

type Props = { value: Expiry; onChange: (expiry: Expiry) => void; forProvisioning: boolean };

export function ExpiryField({ value, onChange, forProvisioning }: Props) {
  const hint =
    value.choice === "never" && forProvisioning
      ? "Advised for provisioning: an expired token would quietly stop it. Rotate it now and then."
      : "You can rotate the token at any time.";
  return (
    <div className="grid gap-4 sm:grid-cols-2">
      <Field label="Expires" hint={hint}>
        {(props) => (
          <Select
            {...props}
            value={value.choice}
            onChange={(choice) => onChange({ ...value, choice })}
            options={choices}
          />
        )}
      </Field>
      {value.choice === "date" ? (
        <Field label="Day">
          {(props) => (
            <input
              {...props}
              type="date"
              className={inputClass}
              value={value.date}
              onChange={(event) => onChange({ ...value, date: event.target.value })}
            />
          )}
        </Field>
      ) : null}
    </div>
  );
}
