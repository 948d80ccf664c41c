import { LoaderCircle } from "lucide-react";
import type { ButtonHTMLAttributes, ReactNode, Ref } from "react";

type Look = "primary" | "secondary" | "quiet" | "danger";

const looks: Record<Look, string> = {
  primary: "bg-accent text-on-accent hover:bg-accent-strong shadow-low",
  secondary: "border border-line-strong bg-surface text-ink hover:bg-hover shadow-low",
  quiet: "text-ink-soft hover:bg-hover hover:text-ink",
  danger: "bg-bad text-surface hover:opacity-90 shadow-low",
};

/** A button's classes, for links and menu triggers that look like one. */
export function buttonClass(look: Look = "secondary", size: "medium" | "small" = "medium"): string {
  const box = size === "small" ? "h-7 px-2.5 text-[13px]" : "h-9 px-3.5 text-sm";
  return `inline-flex items-center justify-center gap-1.5 whitespace-nowrap rounded-lg font-medium transition-colors disabled:opacity-50 disabled:cursor-not-allowed ${box} ${looks[look]}`;
}

type Props = ButtonHTMLAttributes<HTMLButtonElement> & {
  ref?: Ref<HTMLButtonElement>;
  look?: Look;
  size?: "medium" | "small";
  /** Shows that work is under way and disables the button. */
  pending?: boolean;
  children: ReactNode;
};

export function Button({
  look = "secondary",
  size = "medium",
  pending = false,
  className = "",
  children,
  ...rest
}: Props) {
  return (
    <button
      type="button"
      {...rest}
      disabled={rest.disabled || pending}
      aria-busy={pending || undefined}
      className={`${buttonClass(look, size)} ${className}`}
    >
      {pending ? <LoaderCircle aria-hidden className="size-4 animate-spin" /> : null}
      {children}
    </button>
  );
}
