import Link from "next/link";
import { requireMember } from "@/app/access";
import { menuOf } from "@/app/menu";
import { buttonClass } from "@/components/ui/button";
import { PageHeader } from "@/components/ui/section";
import { Frame } from "@/components/workspace/frame";

type Props = { params: Promise<{ workspace: string }> };

export default async function HomePage({ params }: Props) {
  const member = await requireMember((await params).workspace);
  const isAdmin = member.membership.role === "admin";
  const { name, email } = member.user;
  const who = name === email ? email : `${name} (${email})`;
  return (
    <Frame menu={await menuOf(member)}>
      <PageHeader title={member.workspace.name}>
        You are signed in as {who}, {isAdmin ? "an admin" : "a member"} of this workspace.
      </PageHeader>
      <div className="flex flex-wrap gap-2">
        {isAdmin ? (
          <Link href={`/${member.workspace.slug}/settings`} className={buttonClass("primary")}>
            Open the settings
          </Link>
        ) : null}
        <Link href="/account" className={buttonClass()}>
          Your account
        </Link>
      </div>
    </Frame>
  );
}
