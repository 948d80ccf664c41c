"use client";

import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useTranslations } from "use-intl";
import { Dialog } from "@/components/ui/dialog";
import { TextField } from "@/components/ui/field";
import { Form, FormActions } from "@/components/ui/form";
import { addDomain, addDomainInput, domainsQuery } from "@/lib/api/domains";

type Props = { workspace: string; open: boolean; onOpenChange: (open: boolean) => void };

export function AddDomain({ workspace, open, onOpenChange }: Props) {
  const t = useTranslations("domains");
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
    <Dialog open={open} onOpenChange={change} title={t("add.title")} description={t("add.lead")}>
      <Form schema={addDomainInput} defaultValues={{ name: "" }} onSubmit={({ name }) => add.mutate(name)}>
        <TextField
          name="name"
          label={t("add.label")}
          placeholder={t("add.placeholder")}
          autoComplete="off"
          autoCapitalize="none"
          spellCheck={false}
        />
        <FormActions action={t("add.action")} mutation={add} onCancel={() => change(false)} />
      </Form>
    </Dialog>
  );
}
