import { redirect } from "next/navigation";
import { requireUser } from "@/app/access";
import { TextsOf, titled } from "@/app/texts";
import { ConsentForm } from "@/components/oauth-clients/consent-form";
import { SignOutButton } from "@/components/sign-in/sign-out-button";
import { Narrow } from "@/components/ui/narrow";
import { translator } from "@/lib/messages/translator";
import { readAuthorization } from "@/lib/oauth/authorize";
import { findAccess } from "@/lib/workspace/membership/access";
import { inOurWords } from "@/lib/workspace/refusal";

export const generateMetadata = titled("authorize");

type Props = { searchParams: Promise<Record<string, string | string[] | undefined>> };

function toQuery(params: Record<string, string | string[] | undefined>): URLSearchParams {
  const pairs = Object.entries(params).flatMap(([name, values]) =>
    [values ?? []].flat().map((value) => [name, value] as [string, string]),
  );
  return new URLSearchParams(pairs);
}

/**
 * The authorization endpoint (RFC 6749 §3.1). Errors about the client or its redirect URI appear here. Nobody is redirected to a client,
 * even with an error, before an admin of its workspace is signed in.
 */
export default async function AuthorizePage({ searchParams }: Props) {
  const query = toQuery(await searchParams);
  const t = translator("pages");
  const authorization = await readAuthorization(query);
  if (authorization.kind === "refused") {
    return (
      <Narrow title={t("authorize.refused.title")} lead={inOurWords(authorization.why)}>
        <p className="text-[13px] text-ink-faint">{t("authorize.refused.hint")}</p>
      </Narrow>
    );
  }
  const { user } = await requireUser();
  const { client } = authorization;
  const access = await findAccess(user.id, client.workspaceSlug);
  if (access?.role !== "admin") {
    return (
      <Narrow title={t("authorize.notAdmin.title")} lead={t("authorize.notAdmin.lead", { email: user.email })}>
        <SignOutButton />
      </Narrow>
    );
  }
  if (authorization.kind === "failed") redirect(authorization.location);
  query.set("scope", authorization.scopes.join(" ")); // the admin allows the scopes on this page, even if the client has more by then
  return (
    <Narrow
      title={t("authorize.heading", { client: client.name, workspace: client.workspaceName })}
      lead={t("authorize.lead")}
    >
      <TextsOf rooms={["clients", "tokens"]}>
        <ConsentForm
          workspace={client.workspaceSlug}
          scopes={authorization.scopes}
          host={new URL(authorization.redirectUri).host}
          email={user.email}
          query={query.toString()}
        />
      </TextsOf>
    </Narrow>
  );
}
