"use client";

import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { overlaps } from "@/components/access-tokens/overlaps";
import { Button } from "@/components/ui/button";
import { Dialog, DialogActions } from "@/components/ui/dialog";
import { ErrorNote } from "@/components/ui/error-note";
import { Field } from "@/components/ui/field";
import { Select } from "@/components/ui/select";
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
  const [overlap, setOverlap] = useState<Overlap>("24h");
  const rotate = useMutation({
    mutationFn: () => rotateOAuthClient(workspace, client.id, overlap),
    onSuccess: async (made) => {
      onMade(made);
      onOpenChange(false);
      await cache.invalidateQueries({ queryKey: oauthClientsQuery(workspace).queryKey });
    },
  });
  return (
    <Dialog
      open
      onOpenChange={onOpenChange}
      title={`New secret for ${client.name}`}
      description="The client ID stays the same, and so do the tokens that were issued."
    >
      <Field label="The old secret keeps working">
        {(props) => (
          <Select {...props} value={overlap} onChange={(value) => setOverlap(value as Overlap)} options={overlaps} />
        )}
      </Field>
      <ErrorNote error={rotate.error} />
      <DialogActions>
        <Button onClick={() => onOpenChange(false)}>Cancel</Button>
        <Button look="primary" pending={rotate.isPending} onClick={() => rotate.mutate()}>
          Make new secret
        </Button>
      </DialogActions>
    </Dialog>
  );
}
