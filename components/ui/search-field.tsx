import { inputClass } from "./field";

type Props = { label: string; placeholder: string; value: string; onChange: (text: string) => void };

export function SearchField({ label, placeholder, value, onChange }: Props) {
  return (
    <input
      type="search"
      aria-label={label}
      placeholder={placeholder}
      className={`${inputClass} sm:max-w-xs`}
      value={value}
      onChange={(event) => onChange(event.target.value)}
    />
  );
}
