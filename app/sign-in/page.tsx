import { redirect } from "next/navigation";
import { currentUser } from "@/app/access";
import { AtOurAddress } from "@/app/at-our-address";
import { TextsOf, titled } from "@/app/texts";
import { SignInForm } from "@/components/sign-in/sign-in-form";
import { Narrow } from "@/components/ui/narrow";
import { translator } from "@/lib/messages/translator";
import { safePath } from "@/lib/request/safe-path";
import { configuredProviders } from "@/lib/sign-in-providers";

export const generateMetadata = titled("signIn");

/** Messages by next-auth error code. A Map, so that a name from the URL can't find an inherited property. */
const errors = new Map<string, "verification" | "accessDenied" | "notLinked">([
  ["Verification", "verification"],
  ["AccessDenied", "accessDenied"],
  ["OAuthAccountNotLinked", "notLinked"],
]);

type Props = { searchParams: Promise<{ callbackUrl?: string; error?: string }> };

export default async function SignInPage({ searchParams }: Props) {
  const { callbackUrl, error } = await searchParams;
  const target = safePath(callbackUrl);
  // A signed-in person arrives here after an error linking a provider, or through a link that was already used.
  const isOfAccount = error !== undefined && error !== "Verification";
  if (await currentUser()) redirect(isOfAccount ? `/account?error=${encodeURIComponent(error)}` : target);
  const t = translator("pages");
  return (
    <Narrow title={t("signIn.title")} lead={t("signIn.lead")}>
      {error ? (
        <p role="alert" className="mb-4 rounded-lg bg-warn-soft px-4 py-3 text-warn">
          {t(`signIn.error.${errors.get(error) ?? "other"}`)}
        </p>
      ) : null}
      <AtOurAddress>
        <TextsOf rooms={["entry"]}>
          <SignInForm providers={configuredProviders()} callbackUrl={target} />
        </TextsOf>
      </AtOurAddress>
    </Narrow>
  );
}
