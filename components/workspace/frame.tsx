"use client";

import type { ComponentProps, ReactNode } from "react";
import { useTranslations } from "use-intl";
import { Notices } from "./notices";
import { SettingsNav } from "./settings-nav";
import { WorkspaceMenu } from "./workspace-menu";

/** A workspace's frame: its menu at the top left, and the settings navigation beside settings pages. */
export function Frame({
  menu,
  settings = false,
  children,
}: {
  menu: ComponentProps<typeof WorkspaceMenu>;
  settings?: boolean;
  children: ReactNode;
}) {
  const t = useTranslations("workspace");
  return (
    <div className="min-h-dvh md:grid md:grid-cols-[248px_minmax(0,1fr)]">
      <a
        href="#content"
        className="sr-only focus:not-sr-only focus:fixed focus:top-2 focus:left-2 focus:z-50 focus:rounded-lg focus:bg-surface focus:px-3 focus:py-2"
      >
        {t("frame.skip")}
      </a>
      <aside className="border-b bg-canvas px-3 py-3 md:sticky md:top-0 md:h-dvh md:overflow-y-auto md:border-r md:border-b-0 md:py-4">
        <WorkspaceMenu {...menu} />
        {settings ? (
          <div className="mt-2 md:mt-5">
            <p className="mb-1.5 hidden px-2.5 font-medium text-ink-faint text-xs md:block">{t("frame.settings")}</p>
            <SettingsNav slug={menu.workspace.slug} />
          </div>
        ) : null}
      </aside>
      <main id="content" className="min-w-0 px-4 py-6 sm:px-8 md:py-10">
        <div className="mx-auto max-w-[880px] has-[[data-wide]]:max-w-[1200px]">
          {settings ? <Notices workspace={menu.workspace.slug} /> : null}
          {children}
        </div>
      </main>
    </div>
  );
}
