"use client";

import { useSuspenseQuery } from "@tanstack/react-query";
import { Waypoints } from "lucide-react";
import { useState } from "react";
import { useTranslations } from "use-intl";
import { Button } from "@/components/ui/button";
import { Card, EmptyState, Section } from "@/components/ui/section";
import { type CreatedOAuthClient, oauthClientsQuery } from "@/lib/api/oauth-clients";
import { MadeClient } from "./client-addresses";
import { ClientItem } from "./client-item";
import { CreateClient } from "./create-client";

/** The workspace's OAuth clients, on the Developers page. */
export function OAuthClients({ workspace, base }: { workspace: string; base: string }) {
  const t = useTranslations("clients");
  const { data: clients } = useSuspenseQuery(oauthClientsQuery(workspace));
  const [creating, setCreating] = useState(false);
  const [made, setMade] = useState<CreatedOAuthClient | null>(null);
  const add = <Button onClick={() => setCreating(true)}>{t("create.open")}</Button>;
  return (
    <Section title={t("list.title")} lead={t("list.lead")} action={clients.length > 0 ? add : null}>
      {clients.length === 0 ? (
        <EmptyState icon={Waypoints} title={t("list.noneTitle")} action={add}>
          {t("list.none")}
        </EmptyState>
      ) : (
        <Card className="divide-y">
          {clients.map((client) => (
            <ClientItem key={client.id} workspace={workspace} client={client} base={base} onMade={setMade} />
          ))}
        </Card>
      )}
      <CreateClient workspace={workspace} open={creating} onOpenChange={setCreating} onMade={setMade} />
      {made ? <MadeClient made={made} base={base} onDone={() => setMade(null)} /> : null}
    </Section>
  );
}
