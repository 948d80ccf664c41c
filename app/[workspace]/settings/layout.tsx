import type { Metadata } from "next";
import type { ReactNode } from "react";
import { findWorkspaceName, requireMember } from "@/app/access";
import { menuOf } from "@/app/menu";
import { Frame } from "@/components/workspace/frame";

type Props = { params: Promise<{ workspace: string }>; children: ReactNode };

/** The workspace is in the title of each page: people have several open. */
export async function generateMetadata({ params }: Props): Promise<Metadata> {
  const name = await findWorkspaceName((await params).workspace);
  return name === null ? {} : { title: { default: name, template: `%s · ${name} · Muster` } };
}

/** The settings frame. Each page checks access itself; the layout doesn't. */
export default async function SettingsLayout({ params, children }: Props) {
  const member = await requireMember((await params).workspace);
  const isAdmin = member.membership.role === "admin";
  return (
    <Frame menu={await menuOf(member)} settings={isAdmin}>
      {children}
    </Frame>
  );
}
