"use client";

import { Lock } from "lucide-react";
import { useTranslations } from "use-intl";
import { EmptyState } from "@/components/ui/section";

/** Shown to members who open a settings URL: only admins can open it, and these are the admins to ask. */
export function AdminsOnly({ workspace, admins }: { workspace: string; admins: { name: string; email: string }[] }) {
  const t = useTranslations("workspace");
  return (
    <EmptyState icon={Lock} title={t("adminsOnly.title")}>
      <p>{t("adminsOnly.ask", { workspace })}</p>
      <ul className="mt-3 space-y-1">
        {admins.map(({ name, email }) => (
          <li key={email}>
            <a className="text-ink underline decoration-line-strong underline-offset-4" href={`mailto:${email}`}>
              {name || email}
            </a>
          </li>
        ))}
      </ul>
    </EmptyState>
  );
}
