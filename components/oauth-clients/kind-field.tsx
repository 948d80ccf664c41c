"use client";

import { Radio } from "@base-ui/react/radio";
import { RadioGroup } from "@base-ui/react/radio-group";
import { useTranslations } from "use-intl";
import { type Kind, kinds } from "./client-draft";

/** Chooses how the client gets its tokens; it can't be changed later. */
export function KindField({ value, onChange }: { value: Kind; onChange: (kind: Kind) => void }) {
  const t = useTranslations("clients");
  return (
    <fieldset>
      <legend className="mb-1.5 font-medium text-[13px]">{t("kind.title")}</legend>
      <RadioGroup
        aria-label={t("kind.title")}
        value={value}
        onValueChange={(next) => onChange(next as Kind)}
        className="divide-y rounded-lg border"
      >
        {kinds.map((kind) => (
          // Each radio needs its own wrapper, because it comes with a hidden input.
          <div key={kind} className="first:rounded-t-lg last:rounded-b-lg">
            <Radio.Root
              value={kind}
              aria-label={t(`kind.label.${kind}`)}
              render={<button type="button" />}
              nativeButton
              className="group flex w-full items-start rounded-[inherit] gap-3 px-3.5 py-2.5 text-left hover:bg-hover data-checked:bg-accent-soft"
            >
              <span
                aria-hidden
                className="mt-0.5 inline-flex size-4 shrink-0 items-center justify-center rounded-full border border-line-strong bg-surface group-data-checked:border-accent group-data-checked:bg-accent"
              >
                <span className="size-1.5 rounded-full bg-transparent group-data-checked:bg-on-accent" />
              </span>
              <span>
                <span className="block font-medium text-[13px]">{t(`kind.label.${kind}`)}</span>
                <span className="block text-ink-soft text-xs">{t(`kind.about.${kind}`)}</span>
              </span>
            </Radio.Root>
          </div>
        ))}
      </RadioGroup>
    </fieldset>
  );
}
