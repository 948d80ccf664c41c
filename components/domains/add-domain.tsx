"use client";

import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Dialog } from "@/components/ui/dialog";
import { TextField } from "@/components/ui/field";
import { Form, FormActions } from "@/components/ui/form";
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
        <FormActions action="Add domain" mutation={add} onCancel={() => change(false)} />
      </Form>
    </Dialog>
  );
}
