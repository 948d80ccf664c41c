"use client";

import { useQuery } from "@tanstack/react-query";
import { useTranslations } from "use-intl";
import { Confirm } from "@/components/ui/confirm";
import { wouldBeAdminsQuery } from "@/lib/api/settings";

type Props = { workspace: string; onOpenChange: (open: boolean) => void; run: () => Promise<unknown> };

/** Lists the people who become admins at once, and asks before applying the identity provider's admin roles. */
export function GrantAdmin({ workspace, onOpenChange, run }: Props) {
  const t = useTranslations("domains");
  const { data: people } = useQuery(wouldBeAdminsQuery(workspace));
  if (!people) return null;
  return (
    <Confirm
      open
      onOpenChange={onOpenChange}
      title={t("provisioning.grantAdmin.title")}
      action={t("provisioning.grantAdmin.action")}
      look="primary"
      run={run}
    >
      {people.length === 0 ? (
        <p>{t("provisioning.grantAdmin.nobody")}</p>
      ) : (
        <>
          <p>{t("provisioning.grantAdmin.people", { count: people.length })}</p>
          <ul className="max-h-40 list-disc overflow-y-auto pl-5 text-ink">
            {people.map(({ id, name }) => (
              <li key={id}>{name}</li>
            ))}
          </ul>
        </>
      )}
      <p>{t("provisioning.grantAdmin.later")}</p>
    </Confirm>
  );
}
