import { redirect } from "next/navigation";
import { SignOutButton } from "@/components/sign-in/sign-out-button";
import { Narrow } from "@/components/ui/narrow";
import { translator } from "@/lib/messages/translator";
import { listWorkspacesOf } from "@/lib/workspace/workspaces/workspaces";
import { requireUser } from "./access";

/** Redirects to the signed-in person's first workspace. */
export default async function StartPage() {
  const { user } = await requireUser();
  const [first] = await listWorkspacesOf(user.id);
  if (first) redirect(`/${first.slug}`);
  const t = translator("pages");
  return (
    <Narrow title={t("start.title")} lead={t("start.lead", { email: user.email })}>
      <SignOutButton />
    </Narrow>
  );
}
