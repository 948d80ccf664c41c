"use client";

import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { Confirm } from "@/components/ui/confirm";
import { ErrorNote } from "@/components/ui/error-note";
import { MenuItem, MenuSeparator, RowMenu } from "@/components/ui/menu";
import { Time } from "@/components/ui/time";
import { checkDomain, type DomainRow, domainsQuery, removeDomain } from "@/lib/api/domains";
import { counted } from "@/lib/format";
import { DnsDetails } from "./dns-details";
import { answerWords, stateWords } from "./words";

type Props = { workspace: string; domain: DomainRow; isLast: boolean; isOpen: boolean; onToggle: () => void };

export function DomainItem({ workspace, domain, isLast, isOpen, onToggle }: Props) {
  const client = useQueryClient();
  const [removing, setRemoving] = useState(false);
  const refresh = () => client.invalidateQueries({ queryKey: domainsQuery(workspace).queryKey });
  const check = useMutation({ mutationFn: () => checkDomain(workspace, domain.id), onSettled: refresh });
  const { label, tone } = stateWords[domain.state];
  return (
    <div className="px-5 py-4">
      <div className="flex flex-wrap items-center gap-x-3 gap-y-2">
        <span className="wrap-anywhere min-w-0 font-medium">{domain.displayName}</span>
        <span aria-live="polite">
          <Badge tone={tone} dot>
            {label}
          </Badge>
        </span>
        <span className="text-[13px] text-ink-faint">
          {counted(domain.memberCount, "member")}
          {domain.verifiedBy === "operator" ? " · trusted by the operator" : ""}
        </span>
        <div className="ml-auto flex items-center gap-1">
          {domain.state === "verified" ? null : (
            <Button size="small" pending={check.isPending} onClick={() => check.mutate()}>
              Check now
            </Button>
          )}
          <RowMenu label={`Actions for ${domain.displayName}`}>
            <MenuItem onSelect={onToggle}>Show DNS details</MenuItem>
            <MenuItem onSelect={() => check.mutate()}>Check now</MenuItem>
            <MenuSeparator />
            <MenuItem danger onSelect={() => setRemoving(true)}>
              Remove
            </MenuItem>
          </RowMenu>
        </div>
      </div>
      {domain.note ? <p className="mt-1.5 text-[13px] text-warn">{domain.note}</p> : null}
      {isOpen ? <DnsDetails domain={domain} /> : <Answer domain={domain} />}
      <ErrorNote error={check.error} />
      <Confirm
        open={removing}
        onOpenChange={setRemoving}
        title={`Remove ${domain.displayName}?`}
        action="Remove"
        typed={isLast ? [domain.displayName, domain.name] : undefined}
        run={() => removeDomain(workspace, domain.id, isLast ? domain.name : "").then(refresh)}
      >
        <p>
          Nobody is suspended: {counted(domain.memberCount, "member")} with an address on it{" "}
          {domain.memberCount === 1 ? "stays" : "stay"}.
        </p>
        {isLast ? (
          <p>It is your only verified domain: your identity provider can add nobody until another one is verified.</p>
        ) : (
          <p>New people on this domain are invited instead of added.</p>
        )}
      </Confirm>
    </div>
  );
}

/** The last DNS answer in one line, for when the details are collapsed. */
function Answer({ domain }: { domain: DomainRow }) {
  const words = answerWords(domain);
  if (!words || domain.state === "verified") return null;
  return (
    <p className="mt-1.5 text-[13px] text-ink-soft">
      {words.text} {words.next}{" "}
      {domain.lapsesAt ? (
        <>
          It lapses <Time at={domain.lapsesAt} />.
        </>
      ) : null}
    </p>
  );
}
