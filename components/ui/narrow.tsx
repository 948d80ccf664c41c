import type { ReactNode } from "react";

/** A page with a single purpose, such as signing in. */
export function Narrow({ title, lead, children }: { title: string; lead?: ReactNode; children: ReactNode }) {
  return (
    <main className="flex min-h-dvh flex-col items-center justify-center px-4 py-12">
      <div className="w-full max-w-sm">
        <p className="mb-6 font-semibold text-accent text-sm tracking-tight dark:text-ink">Muster</p>
        <h1 className="font-semibold text-[22px] leading-7 tracking-tight">{title}</h1>
        {lead ? <div className="mt-1.5 text-ink-soft">{lead}</div> : null}
        <div className="mt-6">{children}</div>
      </div>
    </main>
  );
}
