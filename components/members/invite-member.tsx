"use client";

import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useFormContext } from "react-hook-form";
import { Dialog } from "@/components/ui/dialog";
import { Field, TextField } from "@/components/ui/field";
import { Form, FormActions } from "@/components/ui/form";
import { Select } from "@/components/ui/select";
import { type InviteMember, inviteMember, inviteMemberInput } from "@/lib/api/members";

const roles = [
  { value: "member", label: "Member" },
  { value: "admin", label: "Admin" },
] as const;

const nobody: InviteMember = { email: "", firstName: "", lastName: "", role: "member" };

/** Invites a person by email. People from an identity provider need no invite here. */
export function InviteMemberDialog({
  workspace,
  onOpenChange,
}: {
  workspace: string;
  onOpenChange: (open: boolean) => void;
}) {
  const client = useQueryClient();
  const invite = useMutation({
    mutationFn: (input: InviteMember) => inviteMember(workspace, input),
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: ["members", workspace] });
      onOpenChange(false);
    },
  });
  return (
    <Dialog
      open
      onOpenChange={onOpenChange}
      title="Invite a person"
      description="They get a link by mail that works for seven days. An invite takes a seat until it is cancelled."
    >
      <Form schema={inviteMemberInput} defaultValues={nobody} onSubmit={(input: InviteMember) => invite.mutate(input)}>
        <TextField name="email" label="E-mail" type="email" autoComplete="off" autoCapitalize="none" />
        <div className="grid gap-4 sm:grid-cols-2">
          <TextField name="firstName" label="First name" autoComplete="off" />
          <TextField name="lastName" label="Last name" autoComplete="off" />
        </div>
        <RoleField />
        <FormActions action="Send invite" mutation={invite} onCancel={() => onOpenChange(false)} />
      </Form>
    </Dialog>
  );
}

function RoleField() {
  const { watch, setValue } = useFormContext<InviteMember>();
  return (
    <Field label="Role">
      {(props) => (
        <Select
          {...props}
          value={watch("role")}
          onChange={(role) => setValue("role", role === "admin" ? "admin" : "member")}
          options={roles}
        />
      )}
    </Field>
  );
}
