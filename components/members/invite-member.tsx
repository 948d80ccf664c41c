"use client";

import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useFormContext } from "react-hook-form";
import { useTranslations } from "use-intl";
import { Dialog } from "@/components/ui/dialog";
import { Field, TextField } from "@/components/ui/field";
import { Form, FormActions } from "@/components/ui/form";
import { Select } from "@/components/ui/select";
import { toast } from "@/components/ui/toasts";
import { type InviteMember, inviteMember, inviteMemberInput, membersKey } from "@/lib/api/members";

const roles = ["member", "admin"] as const;

const nobody: InviteMember = { email: "", firstName: "", lastName: "", role: "member" };

/** Invites a person by email. People from an identity provider need no invite here. */
export function InviteMemberDialog({
  workspace,
  onOpenChange,
}: {
  workspace: string;
  onOpenChange: (open: boolean) => void;
}) {
  const t = useTranslations("members");
  const common = useTranslations("common");
  const client = useQueryClient();
  const invite = useMutation({
    mutationFn: (input: InviteMember) => inviteMember(workspace, input),
    onSuccess: (_, { email }) => {
      toast(t("invite.done", { email }));
      void client.invalidateQueries({ queryKey: membersKey(workspace) });
      onOpenChange(false);
    },
  });
  return (
    <Dialog open onOpenChange={onOpenChange} title={t("invite.title")} description={t("invite.lead")}>
      <Form schema={inviteMemberInput} defaultValues={nobody} onSubmit={(input: InviteMember) => invite.mutate(input)}>
        <TextField name="email" label={common("email")} type="email" autoComplete="off" autoCapitalize="none" />
        <div className="grid gap-4 sm:grid-cols-2">
          <TextField name="firstName" label={common("firstName")} autoComplete="off" />
          <TextField name="lastName" label={common("lastName")} autoComplete="off" />
        </div>
        <RoleField />
        <FormActions action={t("invite.action")} mutation={invite} onCancel={() => onOpenChange(false)} />
      </Form>
    </Dialog>
  );
}

function RoleField() {
  const t = useTranslations("members");
  const common = useTranslations("common");
  const { watch, setValue } = useFormContext<InviteMember>();
  return (
    <Field label={t("invite.role")}>
      {(props) => (
        <Select
          {...props}
          value={watch("role")}
          onChange={(role) => setValue("role", role === "admin" ? "admin" : "member")}
          options={roles.map((role) => ({ value: role, label: common(`role.${role}`) }))}
        />
      )}
    </Field>
  );
}
