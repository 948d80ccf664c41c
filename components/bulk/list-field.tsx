"use client";

import { useTranslations } from "use-intl";
import { Field, inputClass } from "@/components/ui/field";

/** A list to paste, or to read from a file; the file's text can be looked over before it is used. */
export function ListField({
  hint,
  value,
  onChange,
}: {
  hint: string;
  value: string;
  onChange: (text: string) => void;
}) {
  const t = useTranslations("members");
  const read = (file: File | undefined) => file?.text().then(onChange);
  return (
    <div className="space-y-3">
      <Field label={t("lists.text")} hint={hint}>
        {(props) => (
          <textarea
            {...props}
            rows={6}
            spellCheck={false}
            className={`${inputClass} h-auto py-2 font-mono text-[13px]`}
            placeholder={t("lists.placeholder")}
            value={value}
            onChange={(event) => onChange(event.target.value)}
          />
        )}
      </Field>
      <Field label={t("lists.file")}>
        {(props) => (
          <input
            {...props}
            type="file"
            accept=".csv,.tsv,.txt,text/csv,text/plain"
            className="block w-full text-[13px] text-ink-soft file:mr-3 file:h-8 file:rounded-lg file:border file:border-line-strong file:border-solid file:bg-surface file:px-3 file:font-medium file:text-ink"
            onChange={(event) => read(event.target.files?.[0])}
          />
        )}
      </Field>
    </div>
  );
}
