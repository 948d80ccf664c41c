import { ChevronDown } from "lucide-react";
import type { SelectHTMLAttributes } from "react";
import { inputClass } from "./field";

type Props = Omit<SelectHTMLAttributes<HTMLSelectElement>, "onChange" | "value"> & {
  options: readonly { value: string; label: string }[];
  value: string;
  onChange: (value: string) => void;
  /** As wide as its text, for a row of filters. */
  compact?: boolean;
};

/** The browser's native select, styled like the other fields. */
export function Select({ options, onChange, compact = false, ...rest }: Props) {
  return (
    <span className={`relative ${compact ? "inline-block" : "block"}`}>
      <select
        {...rest}
        className={`${inputClass} appearance-none pr-9`}
        onChange={(event) => onChange(event.target.value)}
      >
        {options.map(({ value, label }) => (
          <option key={value} value={value}>
            {label}
          </option>
        ))}
      </select>
      <ChevronDown aria-hidden className="pointer-events-none absolute top-2.5 right-3 size-4 text-ink-faint" />
    </span>
  );
}
