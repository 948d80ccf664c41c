import type { Metadata } from "next";
import Link from "next/link";
import { redirect } from "next/navigation";
import { requireUser } from "@/app/access";
import { filled, Hydrate } from "@/app/hydrate";
import { AccountSettings } from "@/components/account/account-settings";
import { PageHeader } from "@/components/ui/section";
import { accountQuery } from "@/lib/api/account";
import { readAccount } from "./account";

export const metadata: Metadata = { title: "Account" };

const errors = new Map([
  ["OAuthAccountNotLinked", "That account is connected to another person here. Remove it there first."],
  ["AccessDenied", "That account could not be connected. Try again."],
]);

type Props = { searchParams: Promise<{ error?: string }> };

export default async function AccountPage({ searchParams }: Props) {
  const { error } = await searchParams;
  const { user, sessionId } = await requireUser();
  const account = await readAccount(user.id, sessionId);
  if (!account) redirect("/sign-in"); // the account was deleted after the session was read
  return (
    <main className="mx-auto max-w-[720px] px-4 py-10 sm:px-8">
      <Link href="/" className="mb-6 inline-block text-[13px] text-ink-soft hover:text-ink">
        ← Back to the workspace
      </Link>
      <PageHeader title="Account">Yours alone, in every workspace you are in.</PageHeader>
      {error ? (
        <p role="alert" className="mb-6 rounded-lg bg-warn-soft px-4 py-3 text-warn">
          {errors.get(error) ?? "Connecting the account didn't work. Try again."}
        </p>
      ) : null}
      <Hydrate data={[filled(accountQuery(), account)]}>
        <AccountSettings />
      </Hydrate>
    </main>
  );
}
