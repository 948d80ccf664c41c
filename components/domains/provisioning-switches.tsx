"use client";

import { useMutation, useQueryClient, useSuspenseQuery } from "@tanstack/react-query";
import { useState } from "react";
import { Confirm } from "@/components/ui/confirm";
import { CopyRow } from "@/components/ui/copy-button";
import { ErrorNote } from "@/components/ui/error-note";
import { Card, Section } from "@/components/ui/section";
import { SwitchRow } from "@/components/ui/switch";
import { settingsQuery, type UpdateSettings, updateSettings } from "@/lib/api/settings";

/** User provisioning (SCIM): the switch, seats, and the address that identity providers are given. */
export function ProvisioningSwitches({ workspace }: { workspace: string }) {
  const client = useQueryClient();
  const { data: settings } = useSuspenseQuery(settingsQuery(workspace));
  const [stopping, setStopping] = useState(false);
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
        <SwitchRow
          label="Strict profile"
          checked={settings.strictProfile}
          disabled={save.isPending}
          onChange={(strictProfile) => save.mutate({ strictProfile })}
        >
          Refuses what the standard leaves open: unknown attributes, changes without a path, texts for numbers and
          booleans. Entra, Okta and most others need this off.
        </SwitchRow>
        <div className="px-5 py-1.5">
          <CopyRow label="Tenant URL" value={settings.scimUrl} />
        </div>
      </Card>
      <ErrorNote error={save.error} />
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
