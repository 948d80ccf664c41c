"use client";

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
  const toggle = (types: readonly string[], on: boolean) => {
    const others = value.types.filter((type) => !types.includes(type));
    onChange({ ...value, types: on ? [...others, ...types] : others });
  };
  return (
    <>
      <Field
        label="Events"
        hint={value.every ? "Also those that later versions bring." : `${value.types.length} chosen.`}
      >
        {(props) => (
          <Select
            {...props}
            value={value.every ? "all" : "some"}
            onChange={(choice) => onChange({ ...value, every: choice === "all" })}
            options={[
              { value: "all", label: "All events" },
              { value: "some", label: "Only these …" },
            ]}
          />
        )}
      </Field>
      {value.every ? null : (
        <div className="divide-y rounded-lg border">
          {groups.map(({ name, events }) => (
            <EventGroupRow key={name} name={name} events={events} chosen={value.types} onToggle={toggle} />
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

function EventGroupRow({ name, events, chosen, onToggle }: GroupProps) {
  const types = events.map(({ type }) => type);
  const isWhole = types.every((type) => chosen.includes(type));
  return (
    <fieldset className="px-3.5 py-3">
      <legend className="sr-only">{name}</legend>
      <div className="mb-2.5 flex items-center justify-between gap-4">
        <span aria-hidden className="font-medium text-[13px]">
          {name}
        </span>
        <button
          type="button"
          onClick={() => onToggle(types, !isWhole)}
          aria-label={`${isWhole ? "Choose none" : "Choose all"} of ${name}`}
          className="rounded-md px-1.5 py-0.5 text-[13px] text-ink-soft hover:bg-hover hover:text-ink"
        >
          {isWhole ? "None" : "All"}
        </button>
      </div>
      <div className="grid gap-x-4 gap-y-2.5 sm:grid-cols-2">
        {events.map(({ type, about }) => (
          <Checkbox
            key={type}
            label={<code className="break-all font-mono text-xs">{type}</code>}
            hint={about}
            checked={chosen.includes(type)}
            onChange={(on) => onToggle([type], on)}
          />
        ))}
      </div>
    </fieldset>
  );
}
