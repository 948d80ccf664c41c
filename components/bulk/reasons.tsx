"use client";

import { useTranslations } from "use-intl";

export type Reason = { id: string; name: string; detail: string };

/** People with the reason why each was left out or wasn't changed. */
export function Reasons({ rows }: { rows: readonly Reason[] }) {
  const t = useTranslations("members");
  return (
    <section
      aria-label={t("bulk.reasons")}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard (WCAG 2.1.1)
      tabIndex={0}
      className="mt-1.5 max-h-48 overflow-y-auto rounded-lg border bg-sunken px-3 py-2 text-[13px]"
    >
      <ul className="space-y-1">
        {rows.map(({ id, name, detail }) => (
          <li key={id} className="wrap-anywhere">
            <span className="font-medium">{name}</span> <span className="text-ink-soft">{detail}</span>
          </li>
        ))}
      </ul>
    </section>
  );
}
