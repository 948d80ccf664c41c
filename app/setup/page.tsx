import type { Metadata } from "next";
import { notFound, redirect } from "next/navigation";
import { AtOurAddress } from "@/app/at-our-address";
import { SetupForm } from "@/components/setup/setup-form";
import { Narrow } from "@/components/ui/narrow";
import { env } from "@/lib/env";
import { isSetupKey } from "@/lib/setup-link";
import { isEmpty } from "@/lib/workspace/workspaces/workspaces";

export const metadata: Metadata = { title: "Set up" };

type Props = { searchParams: Promise<{ key?: string }> };

export default async function SetupPage({ searchParams }: Props) {
  const { key = "" } = await searchParams;
  if (!(await isEmpty())) redirect("/");
  if (!isSetupKey(key)) notFound();
  return (
    <Narrow title="Set up Muster" lead="Your workspace, and you as its first admin.">
      <AtOurAddress>
        <SetupForm setupKey={key} base={env().MUSTER_URL} />
      </AtOurAddress>
    </Narrow>
  );
}
