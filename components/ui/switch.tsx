"use client";

import { Switch as Base } from "@base-ui/react/switch";
import { type ReactNode, useId } from "react";

type Props = {
  label: string;
  children?: ReactNode;
  checked: boolean;
  onChange: (checked: boolean) => void;
  disabled?: boolean;
};

/** A switch with its name and description, as a row of a card. */
export function SwitchRow({ label, children, checked, onChange, disabled = false }: Props) {
  const id = useId();
  return (
    <div className="flex items-start justify-between gap-6 px-5 py-4">
      <div>
        <span id={id} className="font-medium">
          {label}
        </span>
        {children ? (
          <p id={`${id}-more`} className="mt-0.5 max-w-lg text-ink-soft">
            {children}
          </p>
        ) : null}
      </div>
      <Base.Root
        checked={checked}
        onCheckedChange={onChange}
        disabled={disabled}
        aria-labelledby={id}
        aria-describedby={children ? `${id}-more` : undefined}
        className="relative mt-0.5 inline-flex h-6 w-10 shrink-0 items-center rounded-full bg-line-strong px-0.5 transition-colors data-checked:bg-accent data-disabled:opacity-50"
      >
        <Base.Thumb className="size-5 rounded-full bg-white shadow-low transition-transform data-checked:translate-x-4" />
      </Base.Root>
    </div>
  );
}
