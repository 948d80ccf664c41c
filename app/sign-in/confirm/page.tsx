import type { Metadata } from "next";
import { redirect } from "next/navigation";
import { buttonClass } from "@/components/ui/button";
import { Narrow } from "@/components/ui/narrow";
import { safePath } from "@/lib/safe-path";

export const metadata: Metadata = { title: "Sign in" };

type Props = { searchParams: Promise<{ token?: string; email?: string; callbackUrl?: string }> };

/** A button between the mail and the sign-in: programs that follow every link of a mail would use it up. */
export default async function ConfirmPage({ searchParams }: Props) {
  const { token, email, callbackUrl } = await searchParams;
  if (!token || !email) redirect("/sign-in");
  return (
    <Narrow title="Welcome back" lead={`Sign in as ${email}.`}>
      <form action="/api/auth/callback/email" method="get">
        <input type="hidden" name="token" value={token} />
        <input type="hidden" name="email" value={email} />
        <input type="hidden" name="callbackUrl" value={safePath(callbackUrl)} />
        <button type="submit" className={`${buttonClass("primary")} w-full`}>
          Sign in
        </button>
      </form>
    </Narrow>
  );
}
