"use client";

import { Checkbox as Base } from "@base-ui/react/checkbox";
import { Check } from "lucide-react";
import { type ReactNode, useId } from "react";

type Props = { label: ReactNode; hint?: ReactNode; checked: boolean; onChange: (checked: boolean) => void };

/** A checkbox with a clickable label beside it. */
export function Checkbox({ label, hint, checked, onChange }: Props) {
  const id = useId();
  return (
    <div className="flex items-start gap-2.5">
      <Base.Root
        id={id}
        checked={checked}
        onCheckedChange={onChange}
        className="mt-px inline-flex size-5 shrink-0 items-center justify-center rounded-md border border-line-strong bg-surface data-checked:border-accent data-checked:bg-accent"
      >
        <Base.Indicator>
          <Check aria-hidden className="size-3.5 text-on-accent" />
        </Base.Indicator>
      </Base.Root>
      <label htmlFor={id} className="min-w-0">
        {label}
        {hint ? <span className="block text-[13px] text-ink-faint">{hint}</span> : null}
      </label>
    </div>
  );
}
