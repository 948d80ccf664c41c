import { configuredProviders } from "@/lib/sign-in-providers";
import { findAccount } from "@/lib/workspace/accounts/accounts";
import { listProviderLinks } from "@/lib/workspace/accounts/provider-links";

/** What the account page shows: the account, its sessions, the providers that it signs in with, and those it could; null when it is gone. */
export async function readAccount(userId: string, sessionId: string) {
  const account = await findAccount(userId, sessionId);
  if (!account) return null;
  const providers = configuredProviders();
  const nameOf = (id: string) => providers.find((provider) => provider.id === id)?.name ?? id;
  const links = await listProviderLinks(userId);
  return {
    ...account,
    links: links.map((link) => ({ ...link, name: nameOf(link.provider) })),
    providers: providers.filter(({ id }) => !links.some(({ provider }) => provider === id)),
  };
}
