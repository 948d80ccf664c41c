"use client";

import { useMutation } from "@tanstack/react-query";
import { useRouter } from "next/navigation";
import { useTranslations } from "use-intl";
import { Button } from "@/components/ui/button";
import { ErrorNote } from "@/components/ui/error-note";
import { TextField } from "@/components/ui/field";
import { Form } from "@/components/ui/form";
import { acceptInvite, type Names, namesInput } from "@/lib/api/account";

type Props = { token: string; workspace: string; names: Names };

export function AcceptForm({ token, workspace, names }: Props) {
  const t = useTranslations("entry");
  const common = useTranslations("common");
  const router = useRouter();
  const accept = useMutation({
    mutationFn: (input: Names) => acceptInvite(token, input),
    onSuccess: ({ slug }) => router.push(`/${slug}`),
  });
  return (
    <Form schema={namesInput} defaultValues={names} onSubmit={(input) => accept.mutate(input)}>
      <div className="grid gap-4 sm:grid-cols-2">
        <TextField name="firstName" label={common("firstName")} autoComplete="given-name" />
        <TextField name="lastName" label={common("lastName")} autoComplete="family-name" />
      </div>
      <ErrorNote error={accept.error} />
      <Button look="primary" type="submit" className="w-full" pending={accept.isPending || accept.isSuccess}>
        {t("invite.action", { workspace })}
      </Button>
    </Form>
  );
}
