"use client";

import { useTranslations } from "use-intl";
import { Field, inputClass } from "@/components/ui/field";
import { Select } from "@/components/ui/select";
import { shortDate } from "@/lib/format";
import type { Translator } from "@/lib/messages/room";

const day = 86_400_000;
const choices = ["30", "90", "180", "365", "never", "date"] as const;

export type Expiry = { choice: string; date: string };

/** Why an expiry is incomplete, or null. */
export function whyNoExpiry({ choice, date }: Expiry, t: Translator<"tokens">): string | null {
  return choice === "date" && date === "" ? t("expiry.dateMissing") : null;
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
  const t = useTranslations("tokens");
  const others = choices.map((choice) => ({ value: choice as string, label: t(`expiry.choice.${choice}`) }));
  const keep = { value: "keep", label: t("expiry.choice.keep", { date: now === null ? "" : shortDate(now) }) };
  const hint = t(value.choice === "never" && forProvisioning ? "expiry.neverHint" : "expiry.hint");
  return (
    <div className="grid gap-4 sm:grid-cols-2">
      <Field label={t("expiry.label")} hint={hint}>
        {(props) => (
          <Select
            {...props}
            value={value.choice}
            onChange={(choice) => onChange({ ...value, choice })}
            options={now === null ? others : [keep, ...others]}
          />
        )}
      </Field>
      {value.choice === "date" ? (
        <Field label={t("expiry.date")}>
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
