"use client";

import { ChevronsUpDown, Moon, Settings, Sun, UserRound } from "lucide-react";
import { useTheme } from "next-themes";
import { useTranslations } from "use-intl";
import { Menu, MenuItem, MenuLink, MenuNote, MenuSeparator } from "@/components/ui/menu";
import { initials } from "@/lib/format";

type Props = {
  workspace: { name: string; slug: string };
  others: { name: string; slug: string }[];
  email: string;
  isAdmin: boolean;
};

/** The menu at the top left: settings for admins, other workspaces, the account, the theme. */
export function WorkspaceMenu({ workspace, others, email, isAdmin }: Props) {
  const t = useTranslations("workspace");
  const common = useTranslations("common");
  const { resolvedTheme, setTheme } = useTheme();
  const next = resolvedTheme === "dark" ? "light" : "dark";
  return (
    <Menu
      align="start"
      trigger={
        <button
          type="button"
          className="flex max-w-full items-center gap-2.5 rounded-lg px-2 py-1.5 font-medium transition-colors hover:bg-hover data-popup-open:bg-hover"
        >
          <span
            aria-hidden
            className="inline-flex size-6 shrink-0 items-center justify-center rounded-md bg-accent font-semibold text-[11px] text-on-accent"
          >
            {initials(workspace.name)}
          </span>
          <span className="truncate">{workspace.name}</span>
          <ChevronsUpDown aria-hidden className="size-3.5 shrink-0 text-ink-faint" />
        </button>
      }
    >
      {isAdmin ? (
        <MenuLink href={`/${workspace.slug}/settings`}>
          <Settings aria-hidden className="size-4 text-ink-faint" />
          {t("menu.settings")}
        </MenuLink>
      ) : null}
      <MenuLink href="/account">
        <UserRound aria-hidden className="size-4 text-ink-faint" />
        {t("menu.account")}
      </MenuLink>
      <MenuItem onSelect={() => setTheme(next)}>
        {next === "dark" ? (
          <Moon aria-hidden className="size-4 text-ink-faint" />
        ) : (
          <Sun aria-hidden className="size-4 text-ink-faint" />
        )}
        {t(next === "dark" ? "menu.darkTheme" : "menu.lightTheme")}
      </MenuItem>
      {others.length > 0 ? <MenuSeparator /> : null}
      {others.map((other) => (
        <MenuLink key={other.slug} href={`/${other.slug}`}>
          <span
            aria-hidden
            className="inline-flex size-4 items-center justify-center rounded bg-sunken font-semibold text-[8px]"
          >
            {initials(other.name)}
          </span>
          {other.name}
        </MenuLink>
      ))}
      <MenuSeparator />
      <MenuNote>{t("menu.signedInAs", { email })}</MenuNote>
      <MenuLink href="/sign-out">{common("signOut")}</MenuLink>
    </Menu>
  );
}
