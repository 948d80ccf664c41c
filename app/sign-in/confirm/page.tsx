import { redirect } from "next/navigation";
import { currentUser } from "@/app/access";
import { AtOurAddress } from "@/app/at-our-address";
import { titled } from "@/app/texts";
import { buttonClass } from "@/components/ui/button";
import { Narrow } from "@/components/ui/narrow";
import { translator } from "@/lib/messages/translator";
import { safePath } from "@/lib/request/safe-path";

export const generateMetadata = titled("signIn");

type Props = { searchParams: Promise<{ token?: string; email?: string; callbackUrl?: string }> };

/**
 * A button between the email and the sign-in. Programs that follow every link in an email would use it up, and another site could sign a
 * visitor in to someone else's account, so only this page's own POST uses the link.
 */
export default async function ConfirmPage({ searchParams }: Props) {
  const { token, email, callbackUrl } = await searchParams;
  if (!token || !email) redirect("/sign-in");
  const signedIn = await currentUser();
  const isOther = signedIn !== null && signedIn.user.email.toLowerCase() !== email.toLowerCase();
  const link = new URLSearchParams({ token, email, callbackUrl: safePath(callbackUrl) });
  const t = translator("pages");
  return (
    <Narrow title={t("signIn.confirm.title")} lead={t("signIn.confirm.lead", { email })}>
      <AtOurAddress>
        {isOther ? (
          <p className="mb-4 rounded-lg bg-warn-soft px-4 py-3 text-warn">
            {t("signIn.confirm.otherSession", { current: signedIn.user.email, email })}
          </p>
        ) : null}
        <form action={`/api/auth/callback/email?${link}`} method="post">
          <button type="submit" className={`${buttonClass("primary")} w-full`}>
            {t("signIn.action")}
          </button>
        </form>
      </AtOurAddress>
    </Narrow>
  );
}
