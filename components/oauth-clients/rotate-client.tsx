"use client";

import { useQueryClient } from "@tanstack/react-query";
import { overlaps } from "@/components/access-tokens/overlaps";
import { RotateDialog } from "@/components/ui/rotate-dialog";
import type { Overlap } from "@/lib/api/access-tokens";
import {
  type CreatedOAuthClient,
  type OAuthClientRow,
  oauthClientsQuery,
  rotateOAuthClient,
} from "@/lib/api/oauth-clients";

type Props = {
  workspace: string;
  client: OAuthClientRow;
  onOpenChange: (open: boolean) => void;
  onMade: (made: CreatedOAuthClient) => void;
};

export function RotateClient({ workspace, client, onOpenChange, onMade }: Props) {
  const cache = useQueryClient();
  const rotate = async (overlap: Overlap) => {
    onMade(await rotateOAuthClient(workspace, client.id, overlap));
    void cache.invalidateQueries({ queryKey: oauthClientsQuery(workspace).queryKey });
  };
  return (
    <RotateDialog
      title={`New secret for ${client.name}`}
      description="The client ID stays the same, and so do the tokens that were issued."
      label="The old secret keeps working"
      overlaps={overlaps}
      rotate={rotate}
      onOpenChange={onOpenChange}
    />
  );
}
