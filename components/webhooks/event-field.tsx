"use client";

import { useTranslations } from "use-intl";
import { Checkbox } from "@/components/ui/checkbox";
import { Field } from "@/components/ui/field";
import { Select } from "@/components/ui/select";
import type { EventGroup } from "@/lib/api/webhooks";

/** The chosen events: all of them, including those of later versions, or only the ticked ones. */
export type Chosen = { every: boolean; types: readonly string[] };

export function chosenOf(events: readonly string[]): Chosen {
  return { every: events.length === 0, types: events };
}

export function eventsOf({ every, types }: Chosen): string[] {
  return every ? [] : [...types];
}

type Props = { groups: EventGroup[]; value: Chosen; onChange: (chosen: Chosen) => void };

export function EventField({ groups, value, onChange }: Props) {
  const t = useTranslations("webhooks");
  const toggle = (types: readonly string[], on: boolean) => {
    const others = value.types.filter((type) => !types.includes(type));
    onChange({ ...value, types: on ? [...others, ...types] : others });
  };
  return (
    <>
      <Field
        label={t("events.label")}
        hint={value.every ? t("events.allHint") : t("events.chosen", { count: value.types.length })}
      >
        {(props) => (
          <Select
            {...props}
            value={value.every ? "all" : "some"}
            onChange={(choice) => onChange({ ...value, every: choice === "all" })}
            options={[
              { value: "all", label: t("events.all") },
              { value: "some", label: t("events.some") },
            ]}
          />
        )}
      </Field>
      {value.every ? null : (
        <div className="divide-y rounded-lg border">
          {groups.map(({ name, types }) => (
            <EventGroupRow key={name} name={name} types={types} chosen={value.types} onToggle={toggle} />
          ))}
        </div>
      )}
    </>
  );
}

type GroupProps = EventGroup & {
  chosen: readonly string[];
  onToggle: (types: readonly string[], on: boolean) => void;
};

function EventGroupRow({ name, types, chosen, onToggle }: GroupProps) {
  const t = useTranslations("webhooks");
  const group = t(`events.group.${name}`);
  const isWhole = types.every((type) => chosen.includes(type));
  return (
    <fieldset className="px-3.5 py-3">
      <legend className="sr-only">{group}</legend>
      <div className="mb-2.5 flex items-center justify-between gap-4">
        <span aria-hidden className="font-medium text-[13px]">
          {group}
        </span>
        <button
          type="button"
          onClick={() => onToggle(types, !isWhole)}
          aria-label={t(isWhole ? "events.noneOf" : "events.allOf", { group })}
          className="rounded-md px-1.5 py-0.5 text-[13px] text-ink-soft hover:bg-hover hover:text-ink"
        >
          {t(isWhole ? "events.groupNone" : "events.groupAll")}
        </button>
      </div>
      <div className="grid gap-x-4 gap-y-2.5 sm:grid-cols-2">
        {types.map((type) => (
          <Checkbox
            key={type}
            label={<code className="break-all font-mono text-xs">{type}</code>}
            hint={t(`event.${type.replace(".", "_")}` as "event.team_created")}
            checked={chosen.includes(type)}
            onChange={(on) => onToggle([type], on)}
          />
        ))}
      </div>
    </fieldset>
  );
}
