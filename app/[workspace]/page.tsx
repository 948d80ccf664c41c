import Link from "next/link";
import { requireMember } from "@/app/access";
import { menuOf } from "@/app/menu";
import { buttonClass } from "@/components/ui/button";
import { PageHeader } from "@/components/ui/section";
import { Frame } from "@/components/workspace/frame";
import { translator } from "@/lib/messages/translator";

type Props = { params: Promise<{ workspace: string }> };

export default async function HomePage({ params }: Props) {
  const member = await requireMember((await params).workspace);
  const t = translator("pages");
  const isAdmin = member.membership.role === "admin";
  const { name, email } = member.user;
  const who = name === email ? email : `${name} (${email})`;
  return (
    <Frame menu={await menuOf(member)}>
      <PageHeader title={member.workspace.name}>{t("home.lead", { who, role: member.membership.role })}</PageHeader>
      <div className="flex flex-wrap gap-2">
        {isAdmin ? (
          <Link href={`/${member.workspace.slug}/settings`} className={buttonClass("primary")}>
            {t("home.settings")}
          </Link>
        ) : null}
        <Link href="/account" className={buttonClass()}>
          {t("home.account")}
        </Link>
      </div>
    </Frame>
  );
}
