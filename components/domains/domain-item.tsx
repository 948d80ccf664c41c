"use client";

import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslations } from "use-intl";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { Confirm } from "@/components/ui/confirm";
import { ErrorNote } from "@/components/ui/error-note";
import { MenuItem, MenuSeparator, RowMenu } from "@/components/ui/menu";
import { Time } from "@/components/ui/time";
import { checkDomain, type DomainRow, domainsQuery, removeDomain } from "@/lib/api/domains";
import { DnsDetails } from "./dns-details";
import { answerWords, stateTones } from "./words";

type Props = { workspace: string; domain: DomainRow; isLast: boolean; isOpen: boolean; onToggle: () => void };

export function DomainItem({ workspace, domain, isLast, isOpen, onToggle }: Props) {
  const t = useTranslations("domains");
  const common = useTranslations("common");
  const client = useQueryClient();
  const [removing, setRemoving] = useState(false);
  const refresh = () => client.invalidateQueries({ queryKey: domainsQuery(workspace).queryKey });
  const check = useMutation({ mutationFn: () => checkDomain(workspace, domain.id), onSettled: refresh });
  const count = domain.memberCount;
  return (
    <div className="px-5 py-4">
      <div className="flex flex-wrap items-center gap-x-3 gap-y-2">
        <span className="wrap-anywhere min-w-0 font-medium">{domain.displayName}</span>
        <span aria-live="polite">
          <Badge tone={stateTones[domain.state]} dot>
            {t(`state.${domain.state}`)}
          </Badge>
        </span>
        <span className="text-[13px] text-ink-faint">
          {t(domain.verifiedBy === "operator" ? "list.membersTrusted" : "list.members", { count })}
        </span>
        <div className="ml-auto flex items-center gap-1">
          {domain.state === "verified" ? null : (
            <Button size="small" pending={check.isPending} onClick={() => check.mutate()}>
              {t("check")}
            </Button>
          )}
          <RowMenu label={common("actionsFor", { name: domain.displayName })}>
            <MenuItem onSelect={onToggle}>{t("dns.show")}</MenuItem>
            <MenuItem onSelect={() => check.mutate()}>{t("check")}</MenuItem>
            <MenuSeparator />
            <MenuItem danger onSelect={() => setRemoving(true)}>
              {common("remove")}
            </MenuItem>
          </RowMenu>
        </div>
      </div>
      {domain.listedOn ? (
        <p className="mt-1.5 text-[13px] text-warn">{t("listNote", { domain: domain.name, date: domain.listedOn })}</p>
      ) : null}
      {isOpen ? <DnsDetails domain={domain} /> : <Answer domain={domain} />}
      <ErrorNote error={check.error} />
      <Confirm
        open={removing}
        onOpenChange={setRemoving}
        title={t("remove.title", { domain: domain.displayName })}
        action={common("remove")}
        typed={isLast ? [domain.displayName, domain.name] : undefined}
        run={() => removeDomain(workspace, domain.id, isLast ? domain.name : "").then(refresh)}
      >
        <p>{t("remove.effect", { count })}</p>
        <p>{t(isLast ? "remove.last" : "remove.others")}</p>
      </Confirm>
    </div>
  );
}

/** The last DNS answer in one line, for when the details are collapsed. */
function Answer({ domain }: { domain: DomainRow }) {
  const t = useTranslations("domains");
  const words = answerWords(domain, t);
  if (!words || domain.state === "verified") return null;
  const { lapsesAt } = domain;
  return (
    <p className="mt-1.5 text-[13px] text-ink-soft">
      {words.text} {words.next} {lapsesAt ? t.rich("lapses", { time: () => <Time at={lapsesAt} /> }) : null}
    </p>
  );
}
