"use client";

import { useSuspenseQuery } from "@tanstack/react-query";
import { Globe } from "lucide-react";
import { useState } from "react";
import { useTranslations } from "use-intl";
import { Button } from "@/components/ui/button";
import { Card, EmptyState, Section } from "@/components/ui/section";
import { type DomainRow, domainsQuery } from "@/lib/api/domains";
import { AddDomain } from "./add-domain";
import { DomainItem } from "./domain-item";

/** Domain verification: the workspace's claims with state, record and last DNS answer. */
export function Domains({ workspace }: { workspace: string }) {
  const t = useTranslations("domains");
  const { data: domains } = useSuspenseQuery(domainsQuery(workspace));
  const [adding, setAdding] = useState(false);
  const [open, setOpen] = useState<string | null>(null);
  const add = (
    <Button look={domains.length === 0 ? "primary" : "secondary"} onClick={() => setAdding(true)}>
      {t("add.open")}
    </Button>
  );
  return (
    <Section title={t("list.title")} lead={t("list.lead")} action={domains.length > 0 ? add : null}>
      {domains.length === 0 ? (
        <EmptyState icon={Globe} title={t("list.noneTitle")} action={add}>
          {t("list.none")}
        </EmptyState>
      ) : (
        <Card className="divide-y">
          {domains.map((domain) => (
            <DomainItem
              key={domain.id}
              workspace={workspace}
              domain={domain}
              isLast={isTrusted(domain) && domains.filter(isTrusted).length === 1}
              isOpen={open === domain.id || domain.state === "pending"}
              onToggle={() => setOpen(open === domain.id ? null : domain.id)}
            />
          ))}
        </Card>
      )}
      <AddDomain workspace={workspace} open={adding} onOpenChange={setAdding} />
    </Section>
  );
}

/** Whether people on the domain are added at once, without an invite. */
function isTrusted({ state }: DomainRow): boolean {
  return state === "verified" || state === "warning";
}
