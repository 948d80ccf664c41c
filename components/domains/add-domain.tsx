"use client";

import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Button } from "@/components/ui/button";
import { Dialog, DialogActions } from "@/components/ui/dialog";
import { ErrorNote } from "@/components/ui/error-note";
import { TextField } from "@/components/ui/field";
import { Form } from "@/components/ui/form";
import { addDomain, addDomainInput, domainsQuery } from "@/lib/api/domains";

type Props = { workspace: string; open: boolean; onOpenChange: (open: boolean) => void };

export function AddDomain({ workspace, open, onOpenChange }: Props) {
  const client = useQueryClient();
  const add = useMutation({
    mutationFn: (name: string) => addDomain(workspace, name),
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: domainsQuery(workspace).queryKey });
      onOpenChange(false);
    },
  });
  const change = (next: boolean) => {
    if (next) add.reset();
    onOpenChange(next);
  };
  return (
    <Dialog
      open={open}
      onOpenChange={change}
      title="Add a domain"
      description="The part after the @ of your e-mail addresses."
    >
      <Form schema={addDomainInput} defaultValues={{ name: "" }} onSubmit={({ name }) => add.mutate(name)}>
        <TextField
          name="name"
          label="Domain"
          placeholder="example.com"
          autoComplete="off"
          autoCapitalize="none"
          spellCheck={false}
        />
        <ErrorNote error={add.error} />
        <DialogActions>
          <Button onClick={() => change(false)}>Cancel</Button>
          <Button look="primary" type="submit" pending={add.isPending}>
            Add domain
          </Button>
        </DialogActions>
      </Form>
    </Dialog>
  );
}
