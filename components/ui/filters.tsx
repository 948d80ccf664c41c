"use client";

import { ListFilter, X } from "lucide-react";
import type { ReactNode } from "react";
import { useTranslations } from "use-intl";
import { Button } from "./button";
import { listSearchId } from "./delayed-search";
import { Popover } from "./popover";

/** The fields of a list's filters, behind a button. */
export function FilterButton({ children }: { children: ReactNode }) {
  const t = useTranslations("common");
  return (
    <Popover
      label={t("filter.title")}
      trigger={
        <Button>
          <ListFilter aria-hidden className="size-4" />
          {t("filter.title")}
        </Button>
      }
    >
      {children}
    </Popover>
  );
}

/** The button that had the focus goes with its filter, so that the search field takes it. */
const focusSearch = () => document.getElementById(listSearchId)?.focus();

type ChipsProps<Name extends string> = {
  chips: readonly { name: Name; label: string }[];
  onRemove: (name: Name) => void;
  onClear: () => void;
};

/** The filters that are set; each goes by its cross. */
export function FilterChips<Name extends string>({ chips, onRemove, onClear }: ChipsProps<Name>) {
  const t = useTranslations("common");
  if (chips.length === 0) return null;
  return (
    <ul className="mt-2 flex flex-wrap items-center gap-2">
      {chips.map(({ name, label }) => (
        <li key={name}>
          <button
            type="button"
            aria-label={t("filter.remove", { filter: label })}
            onClick={() => {
              onRemove(name);
              focusSearch();
            }}
            className="inline-flex h-7 max-w-64 items-center gap-1.5 rounded-full border bg-surface px-2.5 text-[13px] hover:bg-hover"
          >
            <span className="truncate">{label}</span>
            <X aria-hidden className="size-3.5 shrink-0 text-ink-faint" />
          </button>
        </li>
      ))}
      <li>
        <Button
          size="small"
          look="quiet"
          onClick={() => {
            onClear();
            focusSearch();
          }}
        >
          {t("filter.clear")}
        </Button>
      </li>
    </ul>
  );
}
