"use client";

import { useSuspenseQuery } from "@tanstack/react-query";
import { KeyRound } from "lucide-react";
import { useState } from "react";
import { useTranslations } from "use-intl";
import { Button } from "@/components/ui/button";
import { Card, EmptyState, Section } from "@/components/ui/section";
import { accessTokensQuery } from "@/lib/api/access-tokens";
import { CreateToken } from "./create-token";
import { type Revealed, SecretDialog } from "./secret-dialog";
import { TokenItem } from "./token-item";

/** The workspace's access tokens, on the Developers page. */
export function Tokens({ workspace }: { workspace: string }) {
  const t = useTranslations("tokens");
  const { data: tokens } = useSuspenseQuery(accessTokensQuery(workspace));
  const [creating, setCreating] = useState(false);
  const [revealed, setRevealed] = useState<Revealed | null>(null);
  const reveal = (secret: string, scopes: readonly string[]) => setRevealed({ secret, scopes });
  const add = (
    <Button look="primary" onClick={() => setCreating(true)}>
      {t("create.open")}
    </Button>
  );
  return (
    <Section title={t("list.title")} lead={t("list.lead")} action={tokens.length > 0 ? add : null}>
      {tokens.length === 0 ? (
        <EmptyState icon={KeyRound} title={t("list.noneTitle")} action={add}>
          {t("list.none")}
        </EmptyState>
      ) : (
        <Card className="divide-y">
          {tokens.map((token) => (
            <TokenItem key={token.id} workspace={workspace} token={token} onSecret={reveal} />
          ))}
        </Card>
      )}
      <CreateToken workspace={workspace} open={creating} onOpenChange={setCreating} onSecret={reveal} />
      <SecretDialog revealed={revealed} onDone={() => setRevealed(null)} />
    </Section>
  );
}
