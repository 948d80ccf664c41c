import type { ReactNode } from "react";

export type Tone = "good" | "warn" | "bad" | "neutral" | "accent";

const tones: Record<Tone, string> = {
  good: "bg-good-soft text-good",
  warn: "bg-warn-soft text-warn",
  bad: "bg-bad-soft text-bad",
  neutral: "bg-sunken text-ink-soft",
  accent: "bg-accent-soft text-accent dark:text-ink",
};

export function Badge({
  tone = "neutral",
  dot = false,
  whole = false,
  children,
}: {
  tone?: Tone;
  dot?: boolean;
  /** Takes two lines where one is too short, instead of cutting its text. */
  whole?: boolean;
  children: ReactNode;
}) {
  const shape = whole ? "min-h-[22px] rounded-[11px] py-0.5" : "h-[22px] whitespace-nowrap rounded-full";
  return (
    <span className={`inline-flex max-w-full items-center gap-1.5 px-2 font-medium text-xs ${shape} ${tones[tone]}`}>
      {dot ? <span aria-hidden className="size-1.5 rounded-full bg-current" /> : null}
      <span className={whole ? "wrap-anywhere" : "truncate"}>{children}</span>
    </span>
  );
}
