import Link from "next/link";
import { redirect } from "next/navigation";
import { requireUser } from "@/app/access";
import { filled, Hydrate } from "@/app/hydrate";
import { TextsOf, titled } from "@/app/texts";
import { AccountSettings } from "@/components/account/account-settings";
import { PageHeader } from "@/components/ui/section";
import { accountQuery } from "@/lib/api/account";
import { translator } from "@/lib/messages/translator";
import { readAccount } from "./account";

export const generateMetadata = titled("account");

/** Messages by next-auth error code. A Map, so that a name from the URL can't find an inherited property. */
const errors = new Map<string, "notLinked" | "accessDenied">([
  ["OAuthAccountNotLinked", "notLinked"],
  ["AccessDenied", "accessDenied"],
]);

type Props = { searchParams: Promise<{ error?: string }> };

export default async function AccountPage({ searchParams }: Props) {
  const { error } = await searchParams;
  const t = translator("pages");
  const { user, sessionId } = await requireUser();
  const account = await readAccount(user.id, sessionId);
  if (!account) redirect("/sign-in"); // the account was deleted after the session was read
  return (
    <main className="mx-auto max-w-[720px] px-4 py-10 sm:px-8">
      <Link href="/" className="mb-6 inline-block text-[13px] text-ink-soft hover:text-ink">
        {t("account.back")}
      </Link>
      <PageHeader title={t("account.title")}>{t("account.lead")}</PageHeader>
      {error ? (
        <p role="alert" className="mb-6 rounded-lg bg-warn-soft px-4 py-3 text-warn">
          {t(`account.error.${errors.get(error) ?? "other"}`)}
        </p>
      ) : null}
      <Hydrate data={[filled(accountQuery(), account)]}>
        <TextsOf rooms={["account"]}>
          <AccountSettings />
        </TextsOf>
      </Hydrate>
    </main>
  );
}
