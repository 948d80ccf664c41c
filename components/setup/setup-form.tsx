"use client";

import { useMutation } from "@tanstack/react-query";
import { useRouter } from "next/navigation";
import { useFormContext } from "react-hook-form";
import { useTranslations } from "use-intl";
import { Button } from "@/components/ui/button";
import { ErrorNote } from "@/components/ui/error-note";
import { Field, inputClass, TextField } from "@/components/ui/field";
import { Form } from "@/components/ui/form";
import { setUp, setupInput } from "@/lib/api/account";

/** "Acme & Söhne" → "acme-sohne" */
function slugOf(name: string): string {
  const plain = name.normalize("NFKD").toLowerCase();
  return plain
    .replace(/[^a-z0-9\s-]/g, "")
    .trim()
    .replace(/[\s-]+/g, "-")
    .slice(0, 48)
    .replace(/^-+|-+$/g, "");
}

/** The first workspace and its first admin. */
export function SetupForm({ setupKey, base }: { setupKey: string; base: string }) {
  const t = useTranslations("entry");
  const common = useTranslations("common");
  const router = useRouter();
  const save = useMutation({ mutationFn: setUp, onSuccess: ({ slug }) => router.push(`/${slug}/settings/security`) });
  const start = { key: setupKey, name: "", slug: "", firstName: "", lastName: "", adminEmail: "" };
  return (
    <Form schema={setupInput} defaultValues={start} onSubmit={(input) => save.mutate(input)} error={save.error}>
      <NameField />
      <TextField
        name="slug"
        label={t("setup.slug")}
        hint={`${base}/…`}
        autoComplete="off"
        autoCapitalize="none"
        spellCheck={false}
      />
      <div className="grid gap-4 sm:grid-cols-2">
        <TextField name="firstName" label={common("firstName")} autoComplete="given-name" />
        <TextField name="lastName" label={common("lastName")} autoComplete="family-name" />
      </div>
      <TextField
        name="adminEmail"
        label={t("setup.email")}
        hint={t("setup.emailHint")}
        type="email"
        autoComplete="email"
      />
      <ErrorNote error={save.error} />
      <Button look="primary" type="submit" className="w-full" pending={save.isPending || save.isSuccess}>
        {t("setup.action")}
      </Button>
    </Form>
  );
}

/** The slug follows the name until it is edited. */
function NameField() {
  const t = useTranslations("entry");
  const { register, setValue, formState } = useFormContext<{ name: string; slug: string }>();
  const change = (name: string) => {
    if (!formState.dirtyFields.slug) setValue("slug", slugOf(name));
  };
  const field = register("name", { onChange: (event: { target: { value: string } }) => change(event.target.value) });
  return (
    <Field label={t("setup.name")} error={formState.errors.name?.message}>
      {(props) => (
        <input
          {...props}
          {...field}
          className={inputClass}
          autoComplete="organization"
          placeholder={t("setup.namePlaceholder")}
        />
      )}
    </Field>
  );
}
