import { AtOurAddress } from "@/app/at-our-address";
import { TextsOf, titled } from "@/app/texts";
import { AddressChange } from "@/components/account/address-change";
import { Narrow } from "@/components/ui/narrow";
import { translator } from "@/lib/messages/translator";
import { findAddressChange } from "@/lib/workspace/accounts/address-change";

export const generateMetadata = titled("addressChange");

type Props = { params: Promise<{ token: string }> };

export default async function AddressChangePage({ params }: Props) {
  const { token } = await params;
  const t = translator("pages");
  const change = await findAddressChange(token);
  if (!change) {
    return (
      <Narrow title={t("addressChange.dead.title")} lead={t("addressChange.dead.lead")}>
        {null}
      </Narrow>
    );
  }
  return (
    <Narrow title={t("addressChange.heading")} lead={t("addressChange.lead", { workspace: change.workspace })}>
      <AtOurAddress>
        <TextsOf rooms={["account"]}>
          <AddressChange token={token} {...change} />
        </TextsOf>
      </AtOurAddress>
    </Narrow>
  );
}
