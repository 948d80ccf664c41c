import { configuredProviders } from "@/lib/sign-in-providers";
import { findAccount } from "@/lib/workspace/accounts/accounts";
import { listProviderLinks } from "@/lib/workspace/accounts/provider-links";

/** The data of the account page: the account, its sessions, and its linked and available providers; null when the account is gone. */
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
