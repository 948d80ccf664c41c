"use client";

import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { Button } from "@/components/ui/button";
import { Dialog, DialogActions } from "@/components/ui/dialog";
import { ErrorNote } from "@/components/ui/error-note";
import { Field } from "@/components/ui/field";
import { Select } from "@/components/ui/select";
import { type AccessTokenRow, accessTokensQuery, type Overlap, rotateAccessToken } from "@/lib/api/access-tokens";
import { overlaps } from "./overlaps";

type Props = {
  workspace: string;
  token: AccessTokenRow;
  onOpenChange: (open: boolean) => void;
  onSecret: (secret: string) => void;
};

export function RotateToken({ workspace, token, onOpenChange, onSecret }: Props) {
  const client = useQueryClient();
  const [overlap, setOverlap] = useState<Overlap>("24h");
  const rotate = useMutation({
    mutationFn: () => rotateAccessToken(workspace, token.id, overlap),
    onSuccess: async ({ secret }) => {
      onSecret(secret);
      onOpenChange(false);
      await client.invalidateQueries({ queryKey: accessTokensQuery(workspace).queryKey });
    },
  });
  return (
    <Dialog
      open
      onOpenChange={onOpenChange}
      title={`Rotate ${token.name}`}
      description="A new secret with the same scopes. Paste it into your identity provider while the old one still works."
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
