import { redirect } from "next/navigation";
import { SignOutButton } from "@/components/sign-in/sign-out-button";
import { Narrow } from "@/components/ui/narrow";
import { listWorkspacesOf } from "@/lib/workspace/workspaces/workspaces";
import { requireUser } from "./access";

/** Redirects to the signed-in person's first workspace. */
export default async function StartPage() {
  const { user } = await requireUser();
  const [first] = await listWorkspacesOf(user.id);
  if (first) redirect(`/${first.slug}`);
  return (
    <Narrow
      title="No workspace yet"
      lead={`${user.email} is in no workspace. Ask an admin of your company to add you.`}
    >
      <SignOutButton />
    </Narrow>
  );
}
