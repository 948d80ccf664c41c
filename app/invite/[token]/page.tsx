import { redirect } from "next/navigation";
import { currentUser } from "@/app/access";
import { AtOurAddress } from "@/app/at-our-address";
import { TextsOf, titled } from "@/app/texts";
import { AcceptForm } from "@/components/invite/accept-form";
import { SignInForm } from "@/components/sign-in/sign-in-form";
import { SignOutButton } from "@/components/sign-in/sign-out-button";
import { Narrow } from "@/components/ui/narrow";
import { translator } from "@/lib/messages/translator";
import { configuredProviders } from "@/lib/sign-in-providers";
import { findInvite, findJoined } from "@/lib/workspace/invites/invites";

export const generateMetadata = titled("invite");

type Props = { params: Promise<{ token: string }> };

export default async function InvitePage({ params }: Props) {
  const { token } = await params;
  const t = translator("pages");
  const invite = await findInvite(token);
  const signedIn = await currentUser();
  if (!invite) {
    const slug = signedIn && (await findJoined(token, signedIn.user.id));
    if (slug) redirect(`/${slug}`);
    return (
      <Narrow title={t("invite.dead.title")} lead={t("invite.dead.lead")}>
        {null}
      </Narrow>
    );
  }
  if (signedIn && signedIn.user.email.toLowerCase() !== invite.address.toLowerCase()) {
    return (
      <Narrow
        title={t("invite.otherPerson.title")}
        lead={t("invite.otherPerson.lead", { address: invite.address, email: signedIn.user.email })}
      >
        <AtOurAddress>
          <SignOutButton />
        </AtOurAddress>
      </Narrow>
    );
  }
  if (!signedIn && invite.hasAccount) {
    return (
      <Narrow
        title={t("invite.heading", { workspace: invite.workspace.name })}
        lead={t("invite.hasAccount", { address: invite.address })}
      >
        <AtOurAddress>
          <TextsOf rooms={["entry"]}>
            <SignInForm providers={configuredProviders()} callbackUrl={`/invite/${token}`} email={invite.address} />
          </TextsOf>
        </AtOurAddress>
      </Narrow>
    );
  }
  return (
    <Narrow
      title={t("invite.heading", { workspace: invite.workspace.name })}
      lead={t("invite.lead", { address: invite.address })}
    >
      <AtOurAddress>
        <TextsOf rooms={["entry"]}>
          <AcceptForm
            token={token}
            workspace={invite.workspace.name}
            names={{ firstName: invite.firstName, lastName: invite.lastName }}
          />
        </TextsOf>
      </AtOurAddress>
    </Narrow>
  );
}
