import type { Metadata } from "next";
import { currentUser } from "@/app/access";
import { AcceptForm } from "@/components/invite/accept-form";
import { SignOutButton } from "@/components/sign-in/sign-out-button";
import { Narrow } from "@/components/ui/narrow";
import { findInvite } from "@/lib/workspace/invites";

export const metadata: Metadata = { title: "Invite" };

type Props = { params: Promise<{ token: string }> };

export default async function InvitePage({ params }: Props) {
  const { token } = await params;
  const invite = await findInvite(token);
  if (!invite) {
    return (
      <Narrow
        title="This invite does not work any more"
        lead="It was used, cancelled, replaced or has expired. Ask an admin to send it again."
      >
        {null}
      </Narrow>
    );
  }
  const signedIn = await currentUser();
  if (signedIn && signedIn.user.email.toLowerCase() !== invite.address.toLowerCase()) {
    return (
      <Narrow
        title="This invite is for someone else"
        lead={`It is for ${invite.address}; you are signed in as ${signedIn.user.email}.`}
      >
        <SignOutButton />
      </Narrow>
    );
  }
  return (
    <Narrow title={`Join ${invite.workspace.name}`} lead={`You are invited as ${invite.address}.`}>
      <AcceptForm
        token={token}
        workspace={invite.workspace.name}
        names={{ firstName: invite.firstName, lastName: invite.lastName }}
      />
    </Narrow>
  );
}
