"use client";

import { type ReactNode, useSyncExternalStore } from "react";
import { useTranslations } from "use-intl";
import { buttonClass } from "./button";

type Props = {
  /** MUSTER_URL. */
  base: string;
  /** The URL origin of the request, as far as the server can tell. */
  requested: string;
  /** The page's path and query. */
  path: string;
  children: ReactNode;
};

const never = () => () => {};

/**
 * Shows a form only where it can work: only pages under MUSTER_URL may change anything. Behind a proxy the server can't know the origin in
 * the address bar for sure, so the browser decides.
 */
export function RightAddress({ base, requested, path, children }: Props) {
  const t = useTranslations("common");
  const here = useSyncExternalStore(
    never,
    () => window.location.origin,
    () => requested,
  );
  if (here === base) return children;
  return (
    <div role="alert" className="rounded-xl border bg-surface px-5 py-4 shadow-low">
      <p className="font-medium">{t("otherAddress.title")}</p>
      <p className="mt-1 break-words text-ink-soft">{t("otherAddress.lead", { here, base })}</p>
      <a href={`${base}${path}`} className={`${buttonClass("primary")} mt-4 w-full break-all`}>
        {t("otherAddress.open", { base })}
      </a>
      <p className="mt-4 break-words text-[13px] text-ink-faint">
        {t.rich("otherAddress.operator", { here, code: (text) => <code>{text}</code> })}
      </p>
    </div>
  );
}
