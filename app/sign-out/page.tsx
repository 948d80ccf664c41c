import { requireUser } from "@/app/access";
import { titled } from "@/app/texts";
import { SignOutButton } from "@/components/sign-in/sign-out-button";
import { Narrow } from "@/components/ui/narrow";
import { translator } from "@/lib/messages/translator";

export const generateMetadata = titled("signOut");

export default async function SignOutPage() {
  const { user } = await requireUser();
  const t = translator("pages");
  return (
    <Narrow title={t("signOut.heading")} lead={t("signOut.lead", { email: user.email })}>
      <SignOutButton />
    </Narrow>
  );
}
