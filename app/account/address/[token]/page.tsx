import type { Metadata } from "next";
import { AtOurAddress } from "@/app/at-our-address";
import { AddressChange } from "@/components/account/address-change";
import { Narrow } from "@/components/ui/narrow";
import { findAddressChange } from "@/lib/workspace/accounts/address-change";

export const metadata: Metadata = { title: "Change your sign-in email" };

type Props = { params: Promise<{ token: string }> };

export default async function AddressChangePage({ params }: Props) {
  const { token } = await params;
  const change = await findAddressChange(token);
  if (!change) {
    return (
      <Narrow
        title="This link no longer works"
        lead="It was used, withdrawn or has expired. Your sign-in email stays as it is."
      >
        {null}
      </Narrow>
    );
  }
  return (
    <Narrow
      title="Change your sign-in email?"
      lead={`The identity provider of ${change.workspace} asks for it. You use this account in another workspace, too, so you decide.`}
    >
      <AtOurAddress>
        <AddressChange token={token} {...change} />
      </AtOurAddress>
    </Narrow>
  );
}
