"use client";

import { useMutation, useQueryClient, useSuspenseQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslations } from "use-intl";
import { Confirm } from "@/components/ui/confirm";
import { CopyRow } from "@/components/ui/copy-button";
import { ErrorNote } from "@/components/ui/error-note";
import { Card, Section } from "@/components/ui/section";
import { SwitchRow } from "@/components/ui/switch";
import { toast } from "@/components/ui/toasts";
import { settingsQuery, type UpdateSettings, updateSettings } from "@/lib/api/settings";
import { GrantAdmin } from "./grant-admin";
import { SeatCap } from "./seat-cap";

/** User provisioning (SCIM): the switches, seats, and the URL for identity providers. */
export function ProvisioningSwitches({ workspace }: { workspace: string }) {
  const t = useTranslations("domains");
  const common = useTranslations("common");
  const client = useQueryClient();
  const { data: settings } = useSuspenseQuery(settingsQuery(workspace));
  const [stopping, setStopping] = useState(false);
  const [granting, setGranting] = useState(false);
  const save = useMutation({
    mutationFn: (input: UpdateSettings) => updateSettings(workspace, input),
    onSuccess: (saved) => {
      client.setQueryData(settingsQuery(workspace).queryKey, saved);
      toast(common("form.saved"));
    },
  });
  return (
    <Section title={t("provisioning.title")} lead={t("provisioning.lead")}>
      <Card className="divide-y">
        <SwitchRow
          label={t("provisioning.accept.label")}
          checked={settings.scimEnabled}
          disabled={save.isPending}
          onChange={(on) => (on ? save.mutate({ scimEnabled: true }) : setStopping(true))}
        >
          {t("provisioning.accept.hint")}
        </SwitchRow>
        <SwitchRow
          label={t("provisioning.seats.label")}
          checked={settings.automaticSeatAssignment}
          disabled={save.isPending}
          onChange={(automaticSeatAssignment) => save.mutate({ automaticSeatAssignment })}
        >
          {t("provisioning.seats.hint")}
        </SwitchRow>
        {settings.automaticSeatAssignment ? (
          <SeatCap cap={settings.seatMonthlyCap} onChange={(seatMonthlyCap) => save.mutate({ seatMonthlyCap })} />
        ) : null}
        <SwitchRow
          label={t("provisioning.grantAdmin.label")}
          checked={settings.scimMayGrantAdmin}
          disabled={save.isPending}
          onChange={(on) => (on ? setGranting(true) : save.mutate({ scimMayGrantAdmin: false }))}
        >
          {t("provisioning.grantAdmin.hint")}
        </SwitchRow>
        <SwitchRow
          label={t("provisioning.massChanges.label")}
          checked={settings.massChangeHold}
          disabled={save.isPending}
          onChange={(massChangeHold) => save.mutate({ massChangeHold })}
        >
          {t("provisioning.massChanges.hint")}
        </SwitchRow>
        <SwitchRow
          label={t("provisioning.strict.label")}
          checked={settings.strictProfile}
          disabled={save.isPending}
          onChange={(strictProfile) => save.mutate({ strictProfile })}
        >
          {t("provisioning.strict.hint")}
        </SwitchRow>
        <div className="px-5 py-1.5">
          <CopyRow label={t("provisioning.tenantUrl")} value={settings.scimUrl} />
        </div>
      </Card>
      <ErrorNote error={save.error} />
      {granting ? (
        <GrantAdmin
          workspace={workspace}
          onOpenChange={setGranting}
          run={() => save.mutateAsync({ scimMayGrantAdmin: true })}
        />
      ) : null}
      <Confirm
        open={stopping}
        onOpenChange={setStopping}
        title={t("provisioning.stop.title")}
        action={t("provisioning.stop.action")}
        run={() => save.mutateAsync({ scimEnabled: false })}
      >
        <p>{t("provisioning.stop.effect")}</p>
        <p>{t("provisioning.stop.leavers")}</p>
      </Confirm>
    </Section>
  );
}
