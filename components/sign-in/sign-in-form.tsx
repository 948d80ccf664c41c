"use client";

import { useMutation } from "@tanstack/react-query";
import { signIn } from "next-auth/react";
import { useState } from "react";
import { useTranslations } from "use-intl";
import { Button } from "@/components/ui/button";
import { ErrorNote } from "@/components/ui/error-note";
import { TextField } from "@/components/ui/field";
import { Form } from "@/components/ui/form";
import { askSignInLink, signInInput } from "@/lib/api/account";

const input = signInInput.pick({ email: true });

type Props = {
  providers: { id: string; name: string }[];
  callbackUrl: string;
  /** Restricts the sign-in to this email address, for example that of an invite. */
  email?: string;
};

/** Signs in by email link or by a provider. It never reveals whether an email address has an account. */
export function SignInForm({ providers, callbackUrl, email = "" }: Props) {
  const t = useTranslations("entry");
  const common = useTranslations("common");
  const [sentTo, setSentTo] = useState<string | null>(null);
  const send = useMutation({
    mutationFn: (address: string) => askSignInLink({ email: address, callbackUrl }),
    onSuccess: (_, address) => setSentTo(address),
  });
  if (sentTo !== null) {
    return (
      <div role="status" className="rounded-xl border bg-surface px-5 py-4 shadow-low">
        <p className="font-medium">{t("signIn.sentTitle")}</p>
        <p className="mt-1 text-ink-soft">{t("signIn.sent", { email: sentTo })}</p>
        {email === "" ? (
          <Button look="quiet" size="small" className="mt-3 -ml-2.5" onClick={() => setSentTo(null)}>
            {t("signIn.other")}
          </Button>
        ) : null}
      </div>
    );
  }
  return (
    <>
      <Form schema={input} defaultValues={{ email }} onSubmit={({ email }) => send.mutate(email)}>
        <TextField
          name="email"
          label={common("email")}
          type="email"
          autoComplete="email"
          autoFocus
          readOnly={email !== ""}
          placeholder={t("signIn.placeholder")}
        />
        <ErrorNote error={send.error} />
        <Button look="primary" type="submit" pending={send.isPending} className="w-full">
          {t("signIn.action")}
        </Button>
      </Form>
      {providers.length > 0 ? (
        <div className="mt-6 space-y-2 border-t pt-6">
          {providers.map(({ id, name }) => (
            <Button key={id} className="w-full" onClick={() => signIn(id, { callbackUrl })}>
              {t("signIn.provider", { provider: name })}
            </Button>
          ))}
        </div>
      ) : null}
    </>
  );
}
