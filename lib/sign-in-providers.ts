import AzureAD from "next-auth/providers/azure-ad";
import Google from "next-auth/providers/google";
import type { Provider } from "next-auth/providers/index";
import { env } from "./env";

export function oidcProviders(): Provider[] {
  const settings = env();
  const providers: Provider[] = [];
  if (settings.AUTH_ENTRA_ID && settings.AUTH_ENTRA_SECRET) {
    const tenantId = settings.AUTH_ENTRA_TENANT ?? "organizations";
    providers.push(
      AzureAD({
        clientId: settings.AUTH_ENTRA_ID,
        clientSecret: settings.AUTH_ENTRA_SECRET,
        tenantId,
        name: "Microsoft Entra ID",
        // The default profile fetches a photo from Microsoft Graph, which Muster doesn't use.
        profile: ({ sub, email }) => ({ id: sub, email: email ?? null }),
      }),
    );
  }
  if (settings.AUTH_GOOGLE_ID && settings.AUTH_GOOGLE_SECRET) {
    providers.push(Google({ clientId: settings.AUTH_GOOGLE_ID, clientSecret: settings.AUTH_GOOGLE_SECRET }));
  }
  if (settings.AUTH_OIDC_ID && settings.AUTH_OIDC_SECRET && settings.AUTH_OIDC_ISSUER) {
    providers.push({
      id: "oidc",
      name: settings.AUTH_OIDC_NAME,
      type: "oauth",
      wellKnown: `${settings.AUTH_OIDC_ISSUER.replace(/\/$/, "")}/.well-known/openid-configuration`,
      clientId: settings.AUTH_OIDC_ID,
      clientSecret: settings.AUTH_OIDC_SECRET,
      idToken: true,
      checks: ["pkce", "state"],
      authorization: { params: { scope: "openid email profile" } },
      profile: (profile: { sub: string; email?: string }) => ({ id: profile.sub, email: profile.email ?? null }),
    });
  }
  return providers;
}

/** OpenID providers that the sign-in page offers. */
export function configuredProviders(): { id: string; name: string }[] {
  return oidcProviders().map(({ id, name }) => ({ id, name }));
}
