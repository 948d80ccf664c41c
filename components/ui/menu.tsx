"use client";

import { Menu as Base } from "@base-ui/react/menu";
import { Ellipsis } from "lucide-react";
import type { ReactElement, ReactNode } from "react";

const item =
  "flex w-full cursor-default select-none items-center gap-2.5 rounded-md px-2.5 py-1.5 text-left outline-none data-highlighted:bg-hover data-disabled:text-ink-faint";

/** A menu that opens at its trigger. */
export function Menu({
  trigger,
  children,
  align = "end",
}: {
  trigger: ReactElement;
  children: ReactNode;
  align?: "start" | "end";
}) {
  return (
    <Base.Root>
      <Base.Trigger render={trigger} />
      <Base.Portal>
        <Base.Positioner align={align} sideOffset={6} className="z-30 outline-none">
          <Base.Popup className="min-w-52 rounded-xl border bg-surface p-1.5 shadow-lift outline-none transition-opacity duration-100 data-ending-style:opacity-0 data-starting-style:opacity-0">
            {children}
          </Base.Popup>
        </Base.Positioner>
      </Base.Portal>
    </Base.Root>
  );
}

/** A row's menu, behind three dots; `label` names the row. */
export function RowMenu({ label, children }: { label: string; children: ReactNode }) {
  return (
    <Menu
      trigger={
        <button
          type="button"
          aria-label={label}
          className="inline-flex size-8 items-center justify-center rounded-lg text-ink-soft hover:bg-hover hover:text-ink data-popup-open:bg-hover"
        >
          <Ellipsis aria-hidden className="size-4" />
        </button>
      }
    >
      {children}
    </Menu>
  );
}

type ItemProps = { children: ReactNode; onSelect: () => void; danger?: boolean; disabled?: boolean };

export function MenuItem({ children, onSelect, danger = false, disabled = false }: ItemProps) {
  return (
    <Base.Item className={`${item} ${danger ? "text-bad" : ""}`} onClick={onSelect} disabled={disabled}>
      {children}
    </Base.Item>
  );
}

export function MenuLink({ href, children }: { href: string; children: ReactNode }) {
  return (
    <Base.LinkItem className={item} href={href} closeOnClick>
      {children}
    </Base.LinkItem>
  );
}

/** Explains why the menu lacks an action that people would expect. */
export function MenuNote({ children }: { children: ReactNode }) {
  return <p className="max-w-60 px-2.5 py-1.5 text-ink-faint text-xs leading-4">{children}</p>;
}

export function MenuSeparator() {
  return <Base.Separator className="my-1.5 h-px bg-line" />;
}
