import type { LucideIcon } from "lucide-react";
import type { ReactNode } from "react";

/** The header of a settings page. */
export function PageHeader({ title, children, action }: { title: string; children?: ReactNode; action?: ReactNode }) {
  return (
    <header className="mb-8 flex flex-wrap items-start justify-between gap-4">
      <div className="min-w-64 max-w-2xl flex-1">
        <h1 className="wrap-anywhere font-semibold text-[22px] leading-7 tracking-tight">{title}</h1>
        {children ? <p className="wrap-anywhere mt-1.5 text-ink-soft">{children}</p> : null}
      </div>
      {action}
    </header>
  );
}

/** A section of a page with its heading, purpose and one action. */
export function Section({
  title,
  lead,
  action,
  children,
}: {
  title: string;
  lead?: ReactNode;
  action?: ReactNode;
  children: ReactNode;
}) {
  return (
    <section className="mb-10">
      <div className="mb-3 flex flex-wrap items-start justify-between gap-3">
        <div className="max-w-2xl">
          <h2 className="font-semibold text-[15px]">{title}</h2>
          {lead ? <p className="mt-0.5 text-ink-soft">{lead}</p> : null}
        </div>
        {action}
      </div>
      {children}
    </section>
  );
}

export function Card({ children, className = "" }: { children: ReactNode; className?: string }) {
  return <div className={`rounded-xl border bg-surface shadow-low ${className}`}>{children}</div>;
}

/** An empty list: what would be here, why it is empty, and what to do. */
export function EmptyState({
  icon: Icon,
  title,
  children,
  action,
}: {
  icon: LucideIcon;
  title: string;
  children: ReactNode;
  action?: ReactNode;
}) {
  return (
    <Card className="flex flex-col items-center px-6 py-12 text-center">
      <span className="mb-4 inline-flex size-11 items-center justify-center rounded-xl bg-sunken text-ink-soft">
        <Icon aria-hidden className="size-5" />
      </span>
      <h3 className="font-semibold">{title}</h3>
      <div className="mt-1 max-w-sm text-ink-soft">{children}</div>
      {action ? <div className="mt-5">{action}</div> : null}
    </Card>
  );
}

export function Skeleton({ className = "" }: { className?: string }) {
  return <div aria-hidden className={`animate-pulse rounded-lg bg-sunken ${className}`} />;
}
