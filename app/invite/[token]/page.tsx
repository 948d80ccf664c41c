import type { Metadata } from "next";
import { redirect } from "next/navigation";
import { currentUser } from "@/app/access";
import { AtOurAddress } from "@/app/at-our-address";
import { AcceptForm } from "@/components/invite/accept-form";
import { SignInForm } from "@/components/sign-in/sign-in-form";
import { SignOutButton } from "@/components/sign-in/sign-out-button";
import { Narrow } from "@/components/ui/narrow";
import { configuredProviders } from "@/lib/sign-in-providers";
import { findInvite, findJoined } from "@/lib/workspace/invites/invites";

export const metadata: Metadata = { title: "Invite" };

type Props = { params: Promise<{ token: string }> };

export default async function InvitePage({ params }: Props) {
  const { token } = await params;
  const invite = await findInvite(token);
  const signedIn = await currentUser();
  if (!invite) {
    const slug = signedIn && (await findJoined(token, signedIn.user.id));
    if (slug) redirect(`/${slug}`);
    return (
      <Narrow
        title="This invite does not work any more"
        lead="It was used, cancelled, replaced or has expired. Ask an admin to send it again."
      >
        {null}
      </Narrow>
    );
  }
  if (signedIn && signedIn.user.email.toLowerCase() !== invite.address.toLowerCase()) {
    return (
      <Narrow
        title="This invite is for someone else"
        lead={`It is for ${invite.address}; you are signed in as ${signedIn.user.email}.`}
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
        title={`Join ${invite.workspace.name}`}
        lead={`${invite.address} already has an account. Sign in to it to accept the invite.`}
      >
        <AtOurAddress>
          <SignInForm providers={configuredProviders()} callbackUrl={`/invite/${token}`} email={invite.address} />
        </AtOurAddress>
      </Narrow>
    );
  }
  return (
    <Narrow title={`Join ${invite.workspace.name}`} lead={`You are invited as ${invite.address}.`}>
      <AtOurAddress>
        <AcceptForm
          token={token}
          workspace={invite.workspace.name}
          names={{ firstName: invite.firstName, lastName: invite.lastName }}
        />
      </AtOurAddress>
    </Narrow>
  );
}
