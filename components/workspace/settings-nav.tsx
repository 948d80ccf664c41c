"use client";

import { Armchair, Code, Network, Settings2, ShieldCheck, Users, UsersRound, Webhook } from "lucide-react";
import Link from "next/link";
import { usePathname } from "next/navigation";

const pages = [
  { path: "general", label: "General", icon: Settings2 },
  { path: "members", label: "Members", icon: UsersRound },
  { path: "teams", label: "Teams", icon: Users },
  { path: "security", label: "Security", icon: ShieldCheck },
  { path: "developers", label: "Developers", icon: Code },
  { path: "webhooks", label: "Webhooks", icon: Webhook },
  { path: "provisioning", label: "Provisioning", icon: Network },
  { path: "seats", label: "Seats", icon: Armchair },
] as const;

/** Scrolls the row to the current page on a narrow screen. */
function showHere(link: HTMLAnchorElement | null): void {
  link?.scrollIntoView({ block: "nearest", inline: "center" });
}

/** The settings pages: a column beside the content, or a scrolling row above it on narrow screens. */
export function SettingsNav({ slug }: { slug: string }) {
  const current = usePathname();
  return (
    <nav aria-label="Settings" className="-mx-1 flex gap-1 overflow-x-auto p-1 md:flex-col md:overflow-visible">
      {pages.map(({ path, label, icon: Icon }) => {
        const href = `/${slug}/settings/${path}`;
        const isHere = current === href || current.startsWith(`${href}/`);
        return (
          <Link
            key={path}
            href={href}
            aria-current={isHere ? "page" : undefined}
            ref={isHere ? showHere : undefined}
            className={`flex shrink-0 items-center gap-2.5 rounded-lg px-2.5 py-1.5 transition-colors ${isHere ? "bg-hover font-medium text-ink" : "text-ink-soft hover:bg-hover hover:text-ink"}`}
          >
            <Icon aria-hidden className="size-4 text-ink-faint" />
            {label}
          </Link>
        );
      })}
    </nav>
  );
}
