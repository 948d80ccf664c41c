"use client";

import { useMutation, useQueryClient, useSuspenseQuery } from "@tanstack/react-query";
import { useState } from "react";
import { Confirm } from "@/components/ui/confirm";
import { CopyRow } from "@/components/ui/copy-button";
import { ErrorNote } from "@/components/ui/error-note";
import { Card, Section } from "@/components/ui/section";
import { SwitchRow } from "@/components/ui/switch";
import { settingsQuery, type UpdateSettings, updateSettings } from "@/lib/api/settings";
import { GrantAdmin } from "./grant-admin";
import { SeatCap } from "./seat-cap";

/** User provisioning (SCIM): the switches, seats, and the URL for identity providers. */
export function ProvisioningSwitches({ workspace }: { workspace: string }) {
  const client = useQueryClient();
  const { data: settings } = useSuspenseQuery(settingsQuery(workspace));
  const [stopping, setStopping] = useState(false);
  const [granting, setGranting] = useState(false);
  const save = useMutation({
    mutationFn: (input: UpdateSettings) => updateSettings(workspace, input),
    onSuccess: (saved) => client.setQueryData(settingsQuery(workspace).queryKey, saved),
  });
  return (
    <Section
      title="User provisioning (SCIM)"
      lead="Your identity provider adds, updates, suspends and groups the members of this workspace."
    >
      <Card className="divide-y">
        <SwitchRow
          label="Accept provisioning"
          checked={settings.scimEnabled}
          disabled={save.isPending}
          onChange={(on) => (on ? save.mutate({ scimEnabled: true }) : setStopping(true))}
        >
          While this is off, every request of your identity provider is refused and leavers are no longer suspended.
        </SwitchRow>
        <SwitchRow
          label="Automatic seat assignment"
          checked={settings.automaticSeatAssignment}
          disabled={save.isPending}
          onChange={(automaticSeatAssignment) => save.mutate({ automaticSeatAssignment })}
        >
          When provisioning finds no free seat, one is added. While this is off, such a person is refused.
        </SwitchRow>
        {settings.automaticSeatAssignment ? (
          <SeatCap cap={settings.seatMonthlyCap} onChange={(seatMonthlyCap) => save.mutate({ seatMonthlyCap })} />
        ) : null}
        <SwitchRow
          label="Identity provider may make admins"
          checked={settings.scimMayGrantAdmin}
          disabled={save.isPending}
          onChange={(on) => (on ? setGranting(true) : save.mutate({ scimMayGrantAdmin: false }))}
        >
          Off, a role or group that means admin is stored and its people stay members. On, they become admins, and every
          admin is told by mail.
        </SwitchRow>
        <SwitchRow
          label="Hold mass changes"
          checked={settings.massChangeHold}
          disabled={save.isPending}
          onChange={(massChangeHold) => save.mutate({ massChangeHold })}
        >
          When more than a fifth of your people, and more than ten, would lose access within an hour, the rest waits for
          an admin.
        </SwitchRow>
        <SwitchRow
          label="Strict profile"
          checked={settings.strictProfile}
          disabled={save.isPending}
          onChange={(strictProfile) => save.mutate({ strictProfile })}
        >
          Reject what the SCIM standard leaves open: unknown attributes and schemas, text where a number or true/false
          belongs, two primary values, a replace whose filter matches nothing. Keep off for Entra.
        </SwitchRow>
        <div className="px-5 py-1.5">
          <CopyRow label="Tenant URL" value={settings.scimUrl} />
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
        title="Stop provisioning?"
        action="Stop provisioning"
        run={() => save.mutateAsync({ scimEnabled: false })}
      >
        <p>Nobody is added, changed or suspended by your identity provider until you turn it on again.</p>
        <p>People who leave your company keep their access here. Nobody is suspended by this.</p>
      </Confirm>
    </Section>
  );
}
