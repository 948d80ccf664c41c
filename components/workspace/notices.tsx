"use client";

import { useQuery } from "@tanstack/react-query";
import { TriangleAlert } from "lucide-react";
import Link from "next/link";
import { usePathname } from "next/navigation";
import { useTranslations } from "use-intl";
import { Time } from "@/components/ui/time";
import { type Notice, noticesQuery } from "@/lib/api/provisioning";

const pages: Record<Notice["kind"], "provisioning" | "developers"> = {
  held: "provisioning",
  holdStopped: "provisioning",
  stopped: "provisioning",
  failing: "provisioning",
  tokenEnding: "developers",
  tokenEnded: "developers",
};

/** What needs an admin, on every page but the one that says it in full. */
export function Notices({ workspace }: { workspace: string }) {
  const t = useTranslations("workspace");
  const current = usePathname();
  const { data = [] } = useQuery(noticesQuery(workspace));
  const elsewhere = data.filter(({ kind }) => !current.endsWith(`/settings/${pages[kind]}`));
  if (elsewhere.length === 0) return null;
  return (
    <ul aria-label={t("notices.label")} className="mb-6 space-y-2">
      {elsewhere.map(({ kind, name, at }) => (
        <li key={`${kind} ${name}`} className="flex gap-2.5 rounded-xl bg-warn-soft px-4 py-2.5 text-warn">
          <TriangleAlert aria-hidden className="mt-0.5 size-4 shrink-0" />
          <p className="wrap-anywhere min-w-0">
            {t.rich(`notices.${kind}`, { name, time: () => (at ? <Time at={at} /> : null) })}{" "}
            <Link
              href={`/${workspace}/settings/${pages[kind]}`}
              className="whitespace-nowrap font-medium underline underline-offset-4"
            >
              {t(`notices.open.${pages[kind]}`)}
            </Link>
          </p>
        </li>
      ))}
    </ul>
  );
}
