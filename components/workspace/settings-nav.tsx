"use client";

import { Armchair, Code, Network, Settings2, ShieldCheck, Users, UsersRound, Webhook } from "lucide-react";
import Link from "next/link";
import { usePathname } from "next/navigation";
import { useTranslations } from "use-intl";

const pages = [
  { path: "general", icon: Settings2 },
  { path: "members", icon: UsersRound },
  { path: "teams", icon: Users },
  { path: "security", icon: ShieldCheck },
  { path: "developers", icon: Code },
  { path: "webhooks", icon: Webhook },
  { path: "provisioning", icon: Network },
  { path: "seats", icon: Armchair },
] as const;

/** Scrolls the row to the current page on a narrow screen. */
function showHere(link: HTMLAnchorElement | null): void {
  link?.scrollIntoView({ block: "nearest", inline: "center" });
}

/** The settings pages: a column beside the content, or a scrolling row above it on narrow screens. */
export function SettingsNav({ slug }: { slug: string }) {
  const t = useTranslations("workspace");
  const current = usePathname();
  return (
    <nav aria-label={t("nav.label")} className="-mx-1 flex gap-1 overflow-x-auto p-1 md:flex-col md:overflow-visible">
      {pages.map(({ path, icon: Icon }) => {
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
            {t(`nav.${path}`)}
          </Link>
        );
      })}
    </nav>
  );
}
