import { notFound, redirect } from "next/navigation";
import { AtOurAddress } from "@/app/at-our-address";
import { TextsOf, titled } from "@/app/texts";
import { SetupForm } from "@/components/setup/setup-form";
import { Narrow } from "@/components/ui/narrow";
import { env } from "@/lib/env";
import { translator } from "@/lib/messages/translator";
import { isSetupKey } from "@/lib/setup-link";
import { isEmpty } from "@/lib/workspace/workspaces/workspaces";

export const generateMetadata = titled("setup");

type Props = { searchParams: Promise<{ key?: string }> };

export default async function SetupPage({ searchParams }: Props) {
  const { key = "" } = await searchParams;
  if (!(await isEmpty())) redirect("/");
  if (!isSetupKey(key)) notFound();
  const t = translator("pages");
  return (
    <Narrow title={t("setup.heading")} lead={t("setup.lead")}>
      <AtOurAddress>
        <TextsOf rooms={["entry"]}>
          <SetupForm setupKey={key} base={env().MUSTER_URL} />
        </TextsOf>
      </AtOurAddress>
    </Narrow>
  );
}
