"use client";

import { type InputHTMLAttributes, type ReactNode, useId, useState } from "react";
import { useController, useFormContext } from "react-hook-form";
import { useTranslations } from "use-intl";
import { inWords } from "@/lib/api/validation";

export const inputClass =
  "h-9 w-full rounded-lg border border-line-strong bg-surface px-3 text-base text-ink sm:text-sm shadow-low placeholder:text-ink-faint focus-visible:outline-2 focus-visible:outline-offset-0 focus-visible:outline-accent aria-invalid:border-bad disabled:bg-sunken disabled:text-ink-soft";

/** A label with its control, hint and error, linked for screen readers. */
export function Field({
  label,
  hint,
  error,
  children,
}: {
  label: string;
  hint?: ReactNode;
  /** A text, or a key of a contract. */
  error?: string | undefined;
  children: (props: { id: string; "aria-describedby": string | undefined; "aria-invalid": boolean }) => ReactNode;
}) {
  const id = useId();
  const t = useTranslations("validation");
  const describedBy = error ? `${id}-error` : hint ? `${id}-hint` : undefined;
  return (
    <div className="space-y-1.5">
      <label htmlFor={id} className="block font-medium text-[13px]">
        {label}
      </label>
      {children({ id, "aria-describedby": describedBy, "aria-invalid": error !== undefined })}
      {error ? (
        <p id={`${id}-error`} className="text-[13px] text-bad">
          {inWords(error, t)}
        </p>
      ) : hint ? (
        <p id={`${id}-hint`} className="text-[13px] text-ink-faint">
          {hint}
        </p>
      ) : null}
    </div>
  );
}

type TextFieldProps = Omit<InputHTMLAttributes<HTMLInputElement>, "name"> & {
  name: string;
  label: string;
  hint?: ReactNode;
  /** Its value is for machines, such as a URL or an id. */
  isCode?: boolean;
};

/** A text field of the surrounding form. */
export function TextField({ name, label, hint, isCode = false, ...rest }: TextFieldProps) {
  const { register, formState } = useFormContext();
  const error = formState.errors[name]?.message;
  return (
    <Field label={label} hint={hint} error={typeof error === "string" ? error : undefined}>
      {(props) => (
        <input
          {...rest}
          {...props}
          {...register(name)}
          className={isCode ? `${inputClass} font-mono text-[13px]` : inputClass}
        />
      )}
    </Field>
  );
}

type NumberFieldProps = { name: string; label: string; hint: string; placeholder: string };

/** A whole number of the form around it. Empty is null. */
export function NumberField({ name, label, hint, placeholder }: NumberFieldProps) {
  const t = useTranslations("common");
  const { trigger } = useFormContext();
  const { field, fieldState } = useController({ name });
  const [text, setText] = useState(field.value === null ? "" : String(field.value));
  const change = (typed: string) => {
    setText(typed);
    field.onChange(typed.trim() === "" ? null : Number(typed.trim()));
    void trigger(name);
  };
  return (
    <Field label={label} hint={hint} error={fieldState.invalid ? t("form.wholeNumber") : undefined}>
      {(props) => (
        <input
          {...props}
          ref={field.ref}
          className={inputClass}
          inputMode="numeric"
          value={text}
          placeholder={placeholder}
          onChange={(event) => change(event.target.value)}
        />
      )}
    </Field>
  );
}
