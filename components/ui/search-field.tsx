import { inputClass } from "./field";

type Props = { id?: string; label: string; placeholder: string; value: string; onChange: (text: string) => void };

export function SearchField({ id, label, placeholder, value, onChange }: Props) {
  return (
    <input
      id={id}
      type="search"
      aria-label={label}
      placeholder={placeholder}
      className={`${inputClass} sm:max-w-xs`}
      value={value}
      onChange={(event) => onChange(event.target.value)}
    />
  );
}
