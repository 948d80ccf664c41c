"use client";

import { Tabs as Base } from "@base-ui/react/tabs";
import type { ReactNode } from "react";

type Tab<Name extends string> = { name: Name; label: string; content: ReactNode };

type Props<Name extends string> = {
  /** What the tabs are parts of, for screen readers. */
  label: string;
  tabs: readonly Tab<Name>[];
  value: Name;
  onChange: (name: Name) => void;
};

/** Tabs for the long parts of a page, such as lists. Only the selected part is rendered. */
export function Tabs<Name extends string>({ label, tabs, value, onChange }: Props<Name>) {
  return (
    <Base.Root value={value} onValueChange={(name: Name) => onChange(name)}>
      <Base.List aria-label={label} className="mb-5 flex gap-5 border-b">
        {tabs.map((tab) => (
          <Base.Tab
            key={tab.name}
            value={tab.name}
            className="-mb-px border-transparent border-b-2 pt-1 pb-2 font-medium text-ink-soft hover:text-ink data-active:border-ink data-active:text-ink"
          >
            {tab.label}
          </Base.Tab>
        ))}
      </Base.List>
      {tabs.map((tab) => (
        <Base.Panel key={tab.name} value={tab.name} className="outline-offset-4">
          {tab.content}
        </Base.Panel>
      ))}
    </Base.Root>
  );
}
