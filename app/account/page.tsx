import type { Metadata } from "next";
import Link from "next/link";
import { redirect } from "next/navigation";
import { requireUser } from "@/app/access";
import { filled, Hydrate } from "@/app/hydrate";
import { AccountSettings } from "@/components/account/account-settings";
import { PageHeader } from "@/components/ui/section";
import { accountQuery } from "@/lib/api/account";
import { findAccount } from "@/lib/workspace/accounts";

export const metadata: Metadata = { title: "Account" };

export default async function AccountPage() {
  const { user, sessionId } = await requireUser();
  const account = await findAccount(user.id, sessionId);
  if (!account) redirect("/sign-in"); // deleted since the session was read
  return (
    <main className="mx-auto max-w-[720px] px-4 py-10 sm:px-8">
      <Link href="/" className="mb-6 inline-block text-[13px] text-ink-soft hover:text-ink">
        ← Back to the workspace
      </Link>
      <PageHeader title="Account">Yours alone, in every workspace you are in.</PageHeader>
      <Hydrate data={[filled(accountQuery(), account)]}>
        <AccountSettings />
      </Hydrate>
    </main>
  );
}
