"use client";

import { Field, inputClass } from "@/components/ui/field";
import { Select } from "@/components/ui/select";
import { shortDate } from "@/lib/format";

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

/** Why an expiry is incomplete, or null. */
export function whyNoExpiry({ choice, date }: Expiry): string | null {
  return choice === "date" && date === "" ? "Pick the day it expires." : null;
}

/** An expiry as an ISO time: null for never, undefined for unchanged. A chosen day ends with its last second, in UTC. */
export function expiryTime({ choice, date }: Expiry, now: number): string | null | undefined {
  if (choice === "never") return null;
  if (choice === "keep") return undefined;
  if (choice === "date") return new Date(`${date}T23:59:59.000Z`).toISOString();
  return new Date(now + Number(choice) * day).toISOString();
}

type Props = {
  value: Expiry;
  onChange: (expiry: Expiry) => void;
  forProvisioning: boolean;
  /** The token's current expiry, which can be kept. */
  now?: string | null;
};

export function ExpiryField({ value, onChange, forProvisioning, now = null }: Props) {
  const options = now === null ? choices : [{ value: "keep", label: `${shortDate(now)}, as now` }, ...choices];
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
            options={options}
          />
        )}
      </Field>
      {value.choice === "date" ? (
        <Field label="Day">
          {(props) => (
            <input
              {...props}
              type="date"
              required
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
