import type { Metadata } from "next";
import { redirect } from "next/navigation";
import { currentUser } from "@/app/access";
import { AtOurAddress } from "@/app/at-our-address";
import { buttonClass } from "@/components/ui/button";
import { Narrow } from "@/components/ui/narrow";
import { safePath } from "@/lib/request/safe-path";

export const metadata: Metadata = { title: "Sign in" };

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
  return (
    <Narrow title="Welcome back" lead={`Sign in as ${email}.`}>
      <AtOurAddress>
        {isOther ? (
          <p className="mb-4 rounded-lg bg-warn-soft px-4 py-3 text-warn">
            You are signed in as {signedIn.user.email}. Signing in as {email} ends that session in this browser.
          </p>
        ) : null}
        <form action={`/api/auth/callback/email?${link}`} method="post">
          <button type="submit" className={`${buttonClass("primary")} w-full`}>
            Sign in
          </button>
        </form>
      </AtOurAddress>
    </Narrow>
  );
}
