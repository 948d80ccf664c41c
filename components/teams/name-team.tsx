"use client";

import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Dialog } from "@/components/ui/dialog";
import { TextField } from "@/components/ui/field";
import { Form, FormActions } from "@/components/ui/form";
import { createTeam, renameTeam, teamInput } from "@/lib/api/teams";

type Props = {
  workspace: string;
  /** The team to rename; leave out for a new one. */
  team?: { id: string; name: string };
  open: boolean;
  onOpenChange: (open: boolean) => void;
};

/** Creates a team, or renames an existing one. */
export function NameTeam({ workspace, team, open, onOpenChange }: Props) {
  const client = useQueryClient();
  const save = useMutation({
    mutationFn: (name: string) => (team ? renameTeam(workspace, team.id, name) : createTeam(workspace, name)),
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: ["teams", workspace] });
      onOpenChange(false);
    },
  });
  return (
    <Dialog open={open} onOpenChange={onOpenChange} title={team ? "Rename the team" : "New team"}>
      <Form schema={teamInput} defaultValues={{ name: team?.name ?? "" }} onSubmit={({ name }) => save.mutate(name)}>
        <TextField
          name="name"
          label="Name"
          autoComplete="off"
          hint="A group of the same name in your identity provider can be linked to it."
        />
        <FormActions action={team ? "Rename" : "Add team"} mutation={save} onCancel={() => onOpenChange(false)} />
      </Form>
    </Dialog>
  );
}
