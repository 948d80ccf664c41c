"use client";

import { Radio } from "@base-ui/react/radio";
import { RadioGroup } from "@base-ui/react/radio-group";
import { useTranslations } from "use-intl";
import { Button } from "@/components/ui/button";
import { scopeResources } from "@/lib/scopes";
import { type Level, type Levels, levels, presets, summarise, toScopes } from "./scopes";

/** Chooses a token's scopes: None, Read or Read-write for each resource, all None at first. */
export function ScopeMatrix({ value, onChange }: { value: Levels; onChange: (levels: Levels) => void }) {
  const t = useTranslations("tokens");
  return (
    <fieldset>
      <div className="mb-1.5 flex flex-wrap items-center justify-between gap-2">
        <legend className="float-left font-medium text-[13px]">{t("scope.title")}</legend>
        <div className="flex flex-wrap gap-1.5">
          {presets.map((preset) => (
            <Button key={preset.name} size="small" look="quiet" onClick={() => onChange(preset.levels)}>
              {t(`scope.${preset.name}`)}
            </Button>
          ))}
        </div>
      </div>
      <div className="divide-y rounded-lg border">
        {scopeResources.map((id) => (
          <div key={id} className="flex flex-wrap items-center justify-between gap-x-4 gap-y-2 px-3.5 py-2.5">
            <div>
              <p id={`scope-${id}`} className="font-medium text-[13px]">
                {t(`scope.label.${id}`)}
              </p>
              <p className="text-ink-faint text-xs">{t(`scope.about.${id}`)}</p>
            </div>
            <Segments
              labelledBy={`scope-${id}`}
              value={value[id] ?? "none"}
              onChange={(level) => onChange({ ...value, [id]: level })}
            />
          </div>
        ))}
      </div>
      <p role="status" className="mt-2 text-[13px] text-ink-soft">
        {summarise(toScopes(value), t)}
      </p>
    </fieldset>
  );
}

function Segments({
  labelledBy,
  value,
  onChange,
}: {
  labelledBy: string;
  value: Level;
  onChange: (level: Level) => void;
}) {
  const t = useTranslations("tokens");
  return (
    <RadioGroup
      aria-labelledby={labelledBy}
      value={value}
      onValueChange={(next) => onChange(next as Level)}
      className="flex rounded-lg bg-sunken p-0.5"
    >
      {levels.map((level) => (
        <Radio.Root
          key={level}
          value={level}
          aria-label={t(`scope.level.${level}`)}
          render={<button type="button" />}
          nativeButton
          className="h-7 rounded-md px-2.5 font-medium text-ink-soft text-xs transition-colors data-checked:bg-surface data-checked:text-ink data-checked:shadow-low dark:data-checked:bg-line-strong"
        >
          {t(`scope.level.${level}`)}
        </Radio.Root>
      ))}
    </RadioGroup>
  );
}
