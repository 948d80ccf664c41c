"use client";

import { Check, Copy } from "lucide-react";
import { useEffect, useState } from "react";
import { useTranslations } from "use-intl";
import { Button } from "./button";

/** Copies a text and announces it, visibly and to screen readers. */
export function CopyButton({ text, label }: { text: string; label?: string }) {
  const t = useTranslations("common");
  const [outcome, setOutcome] = useState<"copied" | "refused" | null>(null);
  const copied = outcome === "copied";
  useEffect(() => {
    if (outcome === null) return;
    const timer = setTimeout(() => setOutcome(null), 2_500);
    return () => clearTimeout(timer);
  }, [outcome]);
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text);
      setOutcome("copied");
    } catch {
      setOutcome("refused"); // no permission, or a page without https, where browsers have no clipboard
    }
  };
  const words = t(copied ? "copy.done" : outcome === "refused" ? "copy.failed" : "copy.action");
  return (
    <>
      <Button size="small" onClick={copy} aria-label={label ?? t("copy.action")}>
        {copied ? <Check aria-hidden className="size-3.5 text-good" /> : <Copy aria-hidden className="size-3.5" />}
        {words}
      </Button>
      <span aria-live="polite" className="sr-only">
        {outcome === null ? "" : words}
      </span>
    </>
  );
}

/** A value to paste elsewhere, with a copy button. */
export function CopyRow({ label, value, wide = false }: { label: string; value: string; wide?: boolean }) {
  const t = useTranslations("common");
  const columns = wide ? "sm:grid-cols-[10rem_minmax(0,1fr)_auto]" : "sm:grid-cols-[6rem_minmax(0,1fr)_auto]";
  return (
    <div className={`grid grid-cols-[minmax(0,1fr)_auto] items-center gap-x-4 py-2.5 ${columns}`}>
      <span className="col-span-2 text-[13px] text-ink-faint sm:col-span-1">{label}</span>
      <code className="break-all font-mono text-[13px]">{value}</code>
      <CopyButton text={value} label={t("copy.labelled", { label })} />
    </div>
  );
}
