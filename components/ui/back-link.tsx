import Link from "next/link";

/** A link back to the list that a page belongs to. */
export function BackLink({ href, children }: { href: string; children: string }) {
  return (
    <Link href={href} className="mb-6 inline-block text-[13px] text-ink-soft hover:text-ink">
      ← {children}
    </Link>
  );
}
