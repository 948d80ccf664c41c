"use client";

import { Dialog as Base } from "@base-ui/react/dialog";
import { X } from "lucide-react";
import { type ReactNode, useRef } from "react";
import { useTranslations } from "use-intl";

type Props = {
  open: boolean;
  onOpenChange: (open: boolean) => void;
  title: string;
  description?: ReactNode;
  children: ReactNode;
  /** Closes only by the dialog's own buttons, not by a stray click or Escape. */
  sticky?: boolean;
  wide?: boolean;
};

const backdrop =
  "fixed inset-0 z-40 bg-black/35 transition-opacity duration-150 data-ending-style:opacity-0 data-starting-style:opacity-0 dark:bg-black/60";

/** The first field of a dialog: closing it isn't what it was opened for. Without a field, the default. */
function firstField(popup: HTMLElement | null): HTMLElement | true {
  return popup?.querySelector<HTMLElement>("form :is(input, textarea, select):not([type=hidden], :disabled)") ?? true;
}

/** A modal dialog with a heading. The content has its own form and buttons. */
export function Dialog({ open, onOpenChange, title, description, children, sticky = false, wide = false }: Props) {
  const t = useTranslations("common");
  const popup = useRef<HTMLDivElement>(null);
  const change = (next: boolean, details: { reason: string; cancel: () => void }) => {
    const isStray =
      details.reason === "escape-key" || details.reason === "outside-press" || details.reason === "focus-out";
    if (sticky && isStray) details.cancel();
    else onOpenChange(next);
  };
  return (
    <Base.Root open={open} onOpenChange={change} disablePointerDismissal={sticky}>
      <Base.Portal>
        <Base.Backdrop className={backdrop} />
        <Base.Popup
          ref={popup}
          initialFocus={() => firstField(popup.current)}
          className={`fixed top-1/2 left-1/2 z-50 flex max-h-[calc(100dvh-2rem)] w-[calc(100vw-2rem)] -translate-x-1/2 -translate-y-1/2 flex-col overflow-y-auto rounded-2xl border bg-surface p-6 shadow-lift transition-all duration-150 data-ending-style:scale-[0.98] data-starting-style:scale-[0.98] data-ending-style:opacity-0 data-starting-style:opacity-0 ${wide ? "max-w-2xl" : "max-w-md"}`}
        >
          <div className="mb-5 flex items-start justify-between gap-4">
            <div>
              <Base.Title className="font-semibold text-base">{title}</Base.Title>
              {description ? <Base.Description className="mt-1 text-ink-soft">{description}</Base.Description> : null}
            </div>
            {sticky ? null : (
              <Base.Close
                aria-label={t("close")}
                className="-mt-1 -mr-2 inline-flex size-8 items-center justify-center rounded-lg text-ink-faint hover:bg-hover hover:text-ink"
              >
                <X aria-hidden className="size-4" />
              </Base.Close>
            )}
          </div>
          {children}
        </Base.Popup>
      </Base.Portal>
    </Base.Root>
  );
}

export function DialogActions({ children }: { children: ReactNode }) {
  return <div className="mt-6 flex flex-wrap justify-end gap-2">{children}</div>;
}

/** A panel from the right, for a row's details. */
export function Drawer({ open, onOpenChange, title, children }: Omit<Props, "description" | "sticky" | "wide">) {
  const t = useTranslations("common");
  return (
    <Base.Root open={open} onOpenChange={onOpenChange}>
      <Base.Portal>
        <Base.Backdrop className={backdrop} />
        <Base.Popup className="fixed inset-y-0 right-0 z-50 flex w-full max-w-xl flex-col border-l bg-surface shadow-lift transition-transform duration-200 data-ending-style:translate-x-full data-starting-style:translate-x-full">
          <div className="flex items-center justify-between border-b px-6 py-4">
            <Base.Title className="font-semibold text-base">{title}</Base.Title>
            <Base.Close
              aria-label={t("close")}
              className="-mr-2 inline-flex size-8 items-center justify-center rounded-lg text-ink-faint hover:bg-hover hover:text-ink"
            >
              <X aria-hidden className="size-4" />
            </Base.Close>
          </div>
          <div className="flex-1 overflow-y-auto px-6 py-5">{children}</div>
        </Base.Popup>
      </Base.Portal>
    </Base.Root>
  );
}
