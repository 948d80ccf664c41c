"use client";

import { useSuspenseQuery } from "@tanstack/react-query";
import { KeyRound } from "lucide-react";
import { useState } from "react";
import { Button } from "@/components/ui/button";
import { Card, EmptyState, Section } from "@/components/ui/section";
import { accessTokensQuery } from "@/lib/api/access-tokens";
import { CreateToken } from "./create-token";
import { type Revealed, SecretDialog } from "./secret-dialog";
import { TokenItem } from "./token-item";

/** The workspace's access tokens, on the Developers page. */
export function Tokens({ workspace }: { workspace: string }) {
  const { data: tokens } = useSuspenseQuery(accessTokensQuery(workspace));
  const [creating, setCreating] = useState(false);
  const [revealed, setRevealed] = useState<Revealed | null>(null);
  const reveal = (secret: string, scopes: readonly string[]) => setRevealed({ secret, scopes });
  const add = (
    <Button look="primary" onClick={() => setCreating(true)}>
      + New access token
    </Button>
  );
  return (
    <Section
      title="Access tokens"
      lead="For your identity provider over SCIM, and for programs of your own."
      action={tokens.length > 0 ? add : null}
    >
      {tokens.length === 0 ? (
        <EmptyState icon={KeyRound} title="No access token yet" action={add}>
          Your identity provider signs its requests with a token. Give it User Management: Read-write, copy it, and
          paste it there.
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
