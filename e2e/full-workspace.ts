import { expect } from "@playwright/test";
import { Wire } from "@/e2e/idp/entra/connector/wire";
import { type Directory, makeDirectory } from "@/e2e/idp/entra/directory";
import { Job } from "@/e2e/idp/entra/job";
import { defaultKnobs } from "@/e2e/idp/entra/knobs";
import { openDnsServer } from "@/e2e/support/dns-server";
import { afterCommand, type Muster, makeDataFolder, operate, startMuster } from "@/e2e/support/muster";
import { openWebhookReceiver } from "@/e2e/support/webhook-receiver";
import { copyWorkspace } from "@/e2e/support/workspace-folder";

// A workspace with people, teams, tokens, webhooks and requests in it, for tests that open every page.

export type FullWorkspace = {
  muster: Muster;
  /** Its data folder. */
  folder: string;
  directory: Directory;
  /** A person who was invited, because their domain isn't verified. */
  memberPath: string;
  teamPath: string;
  webhookPath: string;
  /** An invite for a person with an account. */
  invitePath: string;
  /** The change of an address that its owner has to confirm. */
  addressPath: string;
  close: () => Promise<void>;
};

const userSchema = "urn:ietf:params:scim:schemas:core:2.0:User";

/** A member here who is an admin of another workspace, has an invite to a third, and has an email change to confirm. */
async function makeShared(folder: string, muster: Muster, wire: Wire): Promise<{ invite: string; address: string }> {
  const address = "ana@acme.test";
  const made = await wire.send("POST", "/Users", { schemas: [userSchema], userName: address });
  operate(folder, "workspace", "create", "--name", "Beta", "--slug", "beta", "--admin-email", address);
  operate(folder, "workspace", "create", "--name", "Gamma", "--slug", "gamma", "--admin-email", "g@gamma.test");
  const scope = ["--scope", "user_management:read-write"];
  const token = operate(folder, "token", "create", "--workspace", "gamma", "--name", "Product", ...scope).trim();
  await afterCommand();
  await fetch(`${muster.url}/api/v1/members`, {
    method: "POST",
    headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
    body: JSON.stringify({ email: address }),
  });
  const operations = [{ op: "Replace", path: "userName", value: "ana.new@acme.test" }];
  const schemas = ["urn:ietf:params:scim:api:messages:2.0:PatchOp"];
  await wire.send("PATCH", `/Users/${(made.body as { id: string }).id}`, { schemas, Operations: operations });
  const printed = (path: string) => new RegExp(`${path}/[\\w-]+`).exec(muster.output())?.[0] ?? "";
  await expect.poll(() => printed("/invite") && printed("/account/address")).toBeTruthy();
  return { invite: printed("/invite"), address: printed("/account/address") };
}

/** Three webhooks: one that is heard, one that nobody hears, and one that says that it is gone. Returns the first one's id. */
async function makeWebhooks(folder: string, muster: Muster, heard: string, gone: string): Promise<string> {
  const scopes = ["webhook", "user_management", "domain", "audit_log", "workspace"].flatMap((resource) => [
    "--scope",
    `${resource}:read-write`,
  ]);
  const token = operate(folder, "token", "create", "--workspace", "acme", "--name", "Product", ...scopes).trim();
  const make = async (input: object) => {
    const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
    const init = { method: "POST", headers, body: JSON.stringify(input) };
    await afterCommand();
    return (await (await fetch(`${muster.url}/api/v1/webhooks`, init)).json()) as { webhook: { id: string } };
  };
  const { webhook } = await make({ url: `${heard}/webhooks/muster`, description: "Billing" });
  await make({ url: "http://127.0.0.1:9/hook", events: ["membership.created", "membership.suspended"] });
  await make({ url: `${gone}/old-crm`, description: "Old CRM", events: ["team.created"] });
  return webhook.id;
}

/** Starts a server with a full workspace named Acme; its admin is a@acme.test. */
export async function openFullWorkspace(settings: Record<string, string> = {}): Promise<FullWorkspace> {
  const folder = makeDataFolder();
  const dns = await openDnsServer();
  const receivers = [await openWebhookReceiver(), await openWebhookReceiver()];
  const [heard, gone] = receivers;
  gone?.answerWith({ status: 410 });
  const token = copyWorkspace(folder.path);
  const muster = await startMuster({
    MUSTER_DATA_DIR: folder.path,
    MUSTER_DNS_SERVERS: dns.address,
    MUSTER_OUTGOING_LOOPBACK: "on",
    ...settings,
  });
  const webhook = await makeWebhooks(folder.path, muster, heard?.url ?? "", gone?.url ?? "");
  const acme = ["--workspace", "acme"];
  operate(folder.path, "domain", "add", ...acme, "--domain", "acme-labs.test");
  const audit = ["--scope", "audit_log:read", "--expires", "2031-01-31"];
  operate(folder.path, "token", "create", ...acme, "--name", "Auditor", ...audit);
  const wire = new Wire(`${muster.url}/scim/v2`, token, false);
  const directory = makeDirectory("acme.test", 24, 3);
  await new Job(wire, defaultKnobs).cycle(directory);
  const [team] = await wire.list("/Groups?excludedAttributes=members");
  const { invite, address } = await makeShared(folder.path, muster, wire);
  const guest = await wire.send("POST", "/Users", { schemas: [userSchema], userName: "guest@partner.test" });
  await afterCommand();
  await fetch(`${muster.url}/scim/v2/Users?filter=${encodeURIComponent('badge eq "7"')}`, {
    headers: { authorization: `Bearer ${token}` },
  });
  wire.close();
  return {
    muster,
    folder: folder.path,
    directory,
    memberPath: `/acme/settings/members/${(guest.body as { id: string }).id}`,
    teamPath: `/acme/settings/teams/${team?.id}`,
    webhookPath: `/acme/settings/webhooks/${webhook}`,
    invitePath: invite,
    addressPath: address,
    close: async () => {
      await muster.stop();
      await dns.close();
      for (const receiver of receivers) receiver.close();
      folder.remove();
    },
  };
}
