"use client";

import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useTranslations } from "use-intl";
import { Dialog } from "@/components/ui/dialog";
import { TextField } from "@/components/ui/field";
import { Form, FormActions } from "@/components/ui/form";
import { createTeam, renameTeam, teamInput, teamsKey } from "@/lib/api/teams";

type Props = {
  workspace: string;
  /** The team to rename; leave out for a new one. */
  team?: { id: string; name: string };
  open: boolean;
  onOpenChange: (open: boolean) => void;
};

/** Creates a team, or renames an existing one. */
export function NameTeam({ workspace, team, open, onOpenChange }: Props) {
  const t = useTranslations("teams");
  const common = useTranslations("common");
  const client = useQueryClient();
  const save = useMutation({
    mutationFn: (name: string) => (team ? renameTeam(workspace, team.id, name) : createTeam(workspace, name)),
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: teamsKey(workspace) });
      onOpenChange(false);
    },
  });
  return (
    <Dialog open={open} onOpenChange={onOpenChange} title={t(team ? "name.renameTitle" : "name.createTitle")}>
      <Form schema={teamInput} defaultValues={{ name: team?.name ?? "" }} onSubmit={({ name }) => save.mutate(name)}>
        <TextField name="name" label={common("name")} autoComplete="off" hint={t("name.hint")} />
        <FormActions
          action={t(team ? "name.rename" : "name.create")}
          mutation={save}
          onCancel={() => onOpenChange(false)}
        />
      </Form>
    </Dialog>
  );
}
