import type { Metadata } from "next";
import { redirect } from "next/navigation";
import { requireUser } from "@/app/access";
import { ConsentForm } from "@/components/oauth-clients/consent-form";
import { SignOutButton } from "@/components/sign-in/sign-out-button";
import { Narrow } from "@/components/ui/narrow";
import { readAuthorization } from "@/lib/oauth/authorize";
import { findAccess } from "@/lib/workspace/membership/access";

export const metadata: Metadata = { title: "Allow access" };

type Props = { searchParams: Promise<Record<string, string | string[] | undefined>> };

function toQuery(params: Record<string, string | string[] | undefined>): URLSearchParams {
  const pairs = Object.entries(params).flatMap(([name, values]) =>
    [values ?? []].flat().map((value) => [name, value] as [string, string]),
  );
  return new URLSearchParams(pairs);
}

/**
 * The authorization endpoint (RFC 6749 §3.1). Errors about the client or its redirect URI are shown here. Nobody is redirected to a client,
 * even with an error, before an admin of its workspace is signed in.
 */
export default async function AuthorizePage({ searchParams }: Props) {
  const query = toQuery(await searchParams);
  const asked = await readAuthorization(query);
  if (asked.kind === "refused") {
    return (
      <Narrow title="This request can't be answered" lead={asked.why}>
        <p className="text-[13px] text-ink-faint">
          Nothing was changed. Compare the settings of the client under Developers with those of whoever sent you here.
        </p>
      </Narrow>
    );
  }
  const { user } = await requireUser();
  const { client } = asked;
  const access = await findAccess(user.id, client.workspaceSlug);
  if (access?.role !== "admin") {
    return (
      <Narrow
        title="An admin must allow this"
        lead={`You are signed in as ${user.email}, who is no admin of the workspace that this is about.`}
      >
        <SignOutButton />
      </Narrow>
    );
  }
  if (asked.kind === "failed") redirect(asked.location);
  query.set("scope", asked.scopes.join(" ")); // the admin allows the scopes shown here, even if the client has more by then
  return (
    <Narrow
      title={`Allow ${client.name} to act for ${client.workspaceName}?`}
      lead="It keeps this access until an admin revokes it under Developers."
    >
      <ConsentForm
        workspace={client.workspaceSlug}
        scopes={asked.scopes}
        host={new URL(asked.redirectUri).host}
        email={user.email}
        query={query.toString()}
      />
    </Narrow>
  );
}
