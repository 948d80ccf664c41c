"use client";

import { Toast } from "@base-ui/react/toast";
import { CircleCheck, X } from "lucide-react";
import { useTranslations } from "use-intl";

const manager = Toast.createToastManager();

/** Says that something has worked, for a few seconds; screen readers hear it. Failures are shown where they happened, and stay. */
export function toast(title: string): void {
  manager.add({ title });
}

/** Where toasts appear. */
export function Toasts() {
  const t = useTranslations("common");
  return (
    <Toast.Provider toastManager={manager} limit={3}>
      <Toast.Portal>
        <Toast.Viewport
          aria-label={t("toasts")}
          className="fixed right-4 bottom-4 z-[60] flex w-[min(22rem,calc(100vw-2rem))] flex-col gap-2"
        >
          <List />
        </Toast.Viewport>
      </Toast.Portal>
    </Toast.Provider>
  );
}

function List() {
  const t = useTranslations("common");
  const { toasts } = Toast.useToastManager();
  return toasts.map((one) => (
    <Toast.Root
      key={one.id}
      toast={one}
      className="flex items-start gap-2.5 rounded-xl border bg-surface px-4 py-3 shadow-lift transition-opacity duration-150 data-ending-style:opacity-0 data-starting-style:opacity-0"
    >
      <CircleCheck aria-hidden className="mt-0.5 size-4 shrink-0 text-good" />
      <Toast.Title className="wrap-anywhere min-w-0 flex-1" />
      <Toast.Close
        aria-label={t("close")}
        className="-mt-1 -mr-1.5 inline-flex size-7 shrink-0 items-center justify-center rounded-lg text-ink-faint hover:bg-hover hover:text-ink"
      >
        <X aria-hidden className="size-4" />
      </Toast.Close>
    </Toast.Root>
  ));
}
