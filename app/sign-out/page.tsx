import type { Metadata } from "next";
import { requireUser } from "@/app/access";
import { SignOutButton } from "@/components/sign-in/sign-out-button";
import { Narrow } from "@/components/ui/narrow";

export const metadata: Metadata = { title: "Sign out" };

export default async function SignOutPage() {
  const { user } = await requireUser();
  return (
    <Narrow title="Sign out?" lead={`You are signed in as ${user.email}.`}>
      <SignOutButton />
    </Narrow>
  );
}
