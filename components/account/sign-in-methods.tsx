"use client";

import { useQueryClient, useSuspenseQuery } from "@tanstack/react-query";
import { signIn } from "next-auth/react";
import { useState } from "react";
import { Button } from "@/components/ui/button";
import { Confirm } from "@/components/ui/confirm";
import { Card, Section } from "@/components/ui/section";
import { Time } from "@/components/ui/time";
import { type Account, accountQuery, removeLink } from "@/lib/api/account";

/** An account's sign-in methods: the email link, which always works, and its linked providers. */
export function SignInMethods() {
  const { data: account } = useSuspenseQuery(accountQuery());
  return (
    <Section title="Sign-in methods" lead="How you can sign in. Remove what you don't recognize.">
      <Card className="divide-y">
        <Method name="Email link" about={`Sent to ${account.email}`} />
        {account.links.map((link) => (
          <Link key={link.id} link={link} />
        ))}
        {account.providers.map(({ id, name }) => (
          <Method key={id} name={name} about="Not connected">
            <Button size="small" onClick={() => signIn(id, { callbackUrl: "/account" })}>
              Connect {name}
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
  const client = useQueryClient();
  const [open, setOpen] = useState(false);
  const remove = async () => {
    await removeLink(link.id);
    await client.invalidateQueries({ queryKey: accountQuery().queryKey });
  };
  const about = (
    <>
      {link.label ? `${link.label} · ` : ""}connected <Time at={link.createdAt} />
    </>
  );
  return (
    <Method name={link.name} about={about}>
      <Button size="small" onClick={() => setOpen(true)}>
        Remove
      </Button>
      <Confirm
        open={open}
        onOpenChange={setOpen}
        title={`Remove ${link.name}?`}
        action="Remove sign-in method"
        run={remove}
      >
        {link.name} no longer signs in to this account. Links by email still do.
      </Confirm>
    </Method>
  );
}
