import type { Metadata } from "next";
import { redirect } from "next/navigation";
import { currentUser } from "@/app/access";
import { AtOurAddress } from "@/app/at-our-address";
import { SignInForm } from "@/components/sign-in/sign-in-form";
import { Narrow } from "@/components/ui/narrow";
import { safePath } from "@/lib/request/safe-path";
import { configuredProviders } from "@/lib/sign-in-providers";

export const metadata: Metadata = { title: "Sign in" };

/** Messages by next-auth error code. A Map, so that a name from the URL can't find an inherited property. */
const errors = new Map([
  ["Verification", "This link was used already or has expired. Ask for a new one."],
  [
    "AccessDenied",
    "Your account there isn't connected to anybody here. Sign in by email first and connect it on your account page, or ask an admin to add you.",
  ],
  ["OAuthAccountNotLinked", "Sign in by email first, as you did before."],
]);

type Props = { searchParams: Promise<{ callbackUrl?: string; error?: string }> };

export default async function SignInPage({ searchParams }: Props) {
  const { callbackUrl, error } = await searchParams;
  const target = safePath(callbackUrl);
  // A signed-in person arrives here after an error linking a provider, or through a link that was already used.
  const isOfAccount = error !== undefined && error !== "Verification";
  if (await currentUser()) redirect(isOfAccount ? `/account?error=${encodeURIComponent(error)}` : target);
  return (
    <Narrow title="Sign in" lead="A link comes by mail; there is no password.">
      {error ? (
        <p role="alert" className="mb-4 rounded-lg bg-warn-soft px-4 py-3 text-warn">
          {errors.get(error) ?? "Signing in did not work. Try again."}
        </p>
      ) : null}
      <AtOurAddress>
        <SignInForm providers={configuredProviders()} callbackUrl={target} />
      </AtOurAddress>
    </Narrow>
  );
}
