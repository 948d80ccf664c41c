"use client";

import Link from "next/link";
import { useTranslations } from "use-intl";
import { Badge } from "@/components/ui/badge";
import { CopyRow } from "@/components/ui/copy-button";
import { Card, Section } from "@/components/ui/section";
import type { ProvisioningStatus } from "@/lib/api/provisioning";

export function SetupSteps({ workspace, status }: { workspace: string; status: ProvisioningStatus }) {
  const t = useTranslations("provisioning");
  const steps = [
    { done: status.verifiedDomains > 0, text: t("setup.verify"), page: "security" },
    { done: false, text: t("setup.token"), page: "developers" },
  ];
  return (
    <Section title={t("setup.title")} lead={t("setup.lead")}>
      <Card className="divide-y">
        <ol>
          {steps.map(({ done, text, page }, index) => (
            <li key={page} className="flex items-center gap-3 px-5 py-3.5">
              <span className="inline-flex size-6 items-center justify-center rounded-full bg-sunken font-medium text-xs tabular-nums">
                {done ? "✓" : index + 1}
              </span>
              <Link
                href={`/${workspace}/settings/${page}`}
                className="font-medium underline decoration-line-strong underline-offset-4 hover:decoration-ink"
              >
                {text}
              </Link>
              {done ? <Badge tone="good">{t("setup.done")}</Badge> : null}
            </li>
          ))}
          <li className="flex items-center gap-3 px-5 py-3.5">
            <span className="inline-flex size-6 items-center justify-center rounded-full bg-sunken font-medium text-xs tabular-nums">
              3
            </span>
            <span className="font-medium">{t("setup.paste")}</span>
          </li>
        </ol>
        <div className="px-5 py-1.5">
          <CopyRow label={t("setup.tenantUrl")} value={status.scimUrl} />
        </div>
      </Card>
    </Section>
  );
}
