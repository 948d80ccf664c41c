"use client";

import { useQueryClient, useSuspenseQuery } from "@tanstack/react-query";
import { signIn } from "next-auth/react";
import { useState } from "react";
import { useTranslations } from "use-intl";
import { Button } from "@/components/ui/button";
import { Confirm } from "@/components/ui/confirm";
import { Card, Section } from "@/components/ui/section";
import { Time } from "@/components/ui/time";
import { type Account, accountQuery, removeLink } from "@/lib/api/account";

/** An account's sign-in methods: the email link, which always works, and its linked providers. */
export function SignInMethods() {
  const t = useTranslations("account");
  const { data: account } = useSuspenseQuery(accountQuery());
  return (
    <Section title={t("methods.title")} lead={t("methods.lead")}>
      <Card className="divide-y">
        <Method name={t("methods.email")} about={t("methods.emailAbout", { email: account.email })} />
        {account.links.map((link) => (
          <Link key={link.id} link={link} />
        ))}
        {account.providers.map(({ id, name }) => (
          <Method key={id} name={name} about={t("methods.notConnected")}>
            <Button size="small" onClick={() => signIn(id, { callbackUrl: "/account" })}>
              {t("methods.connect", { provider: name })}
            </Button>
          </Method>
        ))}
      </Card>
    </Section>
  );
}

function Method({ name, about, children }: { name: string; about: React.ReactNode; children?: React.ReactNode }) {
  return (
    <div className="flex flex-wrap items-center gap-3 px-5 py-3.5">
      <div className="min-w-0 flex-1">
        <p className="font-medium">{name}</p>
        <p className="wrap-anywhere text-[13px] text-ink-faint">{about}</p>
      </div>
      {children}
    </div>
  );
}

function Link({ link }: { link: Account["links"][number] }) {
  const t = useTranslations("account");
  const common = useTranslations("common");
  const client = useQueryClient();
  const [open, setOpen] = useState(false);
  const remove = async () => {
    await removeLink(link.id);
    await client.invalidateQueries({ queryKey: accountQuery().queryKey });
  };
  const time = () => <Time at={link.createdAt} />;
  const about = link.label
    ? t.rich("methods.connectedAs", { account: link.label, time })
    : t.rich("methods.connected", { time });
  return (
    <Method name={link.name} about={about}>
      <Button size="small" onClick={() => setOpen(true)}>
        {common("remove")}
      </Button>
      <Confirm
        open={open}
        onOpenChange={setOpen}
        title={t("methods.remove.title", { provider: link.name })}
        action={t("methods.remove.action")}
        run={remove}
      >
        {t("methods.remove.effect", { provider: link.name })}
      </Confirm>
    </Method>
  );
}
