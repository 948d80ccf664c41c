import type { ReactNode } from "react";

/** A list of facts about one thing: a label on the left, its value on the right. */
export function Facts({ children }: { children: ReactNode }) {
  return <dl className="grid gap-x-4 gap-y-3 px-5 py-4 sm:grid-cols-[10rem_minmax(0,1fr)]">{children}</dl>;
}

export function Fact({ label, children }: { label: string; children: ReactNode }) {
  return (
    <>
      <dt className="text-[13px] text-ink-faint sm:leading-5">{label}</dt>
      <dd className="wrap-anywhere -mt-2 min-w-0 sm:mt-0">{children}</dd>
    </>
  );
}
