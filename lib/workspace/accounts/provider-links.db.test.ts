import { describe, expect, test } from "vitest";
import { findSession, openSession } from "@/lib/auth";
import { all, one, run, sql } from "@/lib/db";
import {
  addPerson,
  addUnmanaged,
  eventsOf,
  guestOf,
  mailsTo,
  openWorkspace,
  rowOf,
  setTo,
  suspend,
  userBody,
  userIdOf,
} from "@/lib/provisioning/testing/decisions";
import { admitProvider, listProviderLinks, type ProviderClaims, removeProviderLink } from "./provider-links";

// The first sign-in by OpenID Connect (D-31): what a provider proves, and for which domains.

const tenant = "11111111-2222-4333-8444-555555555555";
let subjects = 0;

/** Whom a provider's word signs in: the account's address, or null. `pinned` is the operator's own tenant. */
async function signsIn(provider: string, claims: ProviderClaims, pinned: string | undefined = undefined) {
  const subject = `subject-${++subjects}`;
  if (!(await admitProvider({ provider, subject, claims }, null, pinned))) return null;
  const row = await one<{ email: string }>(sql`
    SELECT u.email FROM "Account" a JOIN "User" u ON u.id = a."userId" WHERE a.provider = ${provider} AND a."providerAccountId" = ${subject}`);
  return row?.email ?? null;
}

let objects = 0;
const oid = () => `00000000-0000-4000-8000-${String(++objects).padStart(12, "0")}`;

describe("A5 what proves an address", () => {
  test.each<[string, string, (address: string) => ProviderClaims, boolean]>([
    ["OpenID, email_verified", "oidc", (email) => ({ email, email_verified: true }), true],
    ["OpenID, email_verified as text", "oidc", (email) => ({ email, email_verified: "true" }), true],
    ["Google, email_verified as text", "google", (email) => ({ email, email_verified: "true" }), true],
    ["OpenID, email_verified false", "oidc", (email) => ({ email, email_verified: false }), false],
    ["OpenID, email_verified false as text", "oidc", (email) => ({ email, email_verified: "false" }), false],
    ["OpenID, no word of it", "oidc", (email) => ({ email }), false],
    [
      "OpenID, preferred_username alone",
      "oidc",
      (email) => ({ preferred_username: email, email_verified: true }),
      false,
    ],
    ["Entra, email alone", "azure-ad", (email) => ({ email }), false],
    ["Entra, email of the pinned tenant", "azure-ad", (email) => ({ email, tid: tenant }), false],
    ["Entra, email_verified, which Entra never sends", "azure-ad", (email) => ({ email, email_verified: true }), false],
    ["Entra, xms_edov", "azure-ad", (email) => ({ email, xms_edov: true }), true],
    ["Entra, xms_edov as text", "azure-ad", (email) => ({ email, xms_edov: "1" }), true],
    ["Entra, xms_edov as a number", "azure-ad", (email) => ({ email, xms_edov: 1 }), true],
    ["Entra, xms_edov false", "azure-ad", (email) => ({ email, xms_edov: "0" }), false],
    ["the pinned tenant, preferred_username", "azure-ad", (name) => ({ tid: tenant, preferred_username: name }), true],
    ["the pinned tenant, upn", "azure-ad", (name) => ({ tid: tenant, upn: name }), true],
    ["another tenant, preferred_username", "azure-ad", (name) => ({ tid: oid(), preferred_username: name }), false],
    ["no tenant, preferred_username", "azure-ad", (name) => ({ preferred_username: name }), false],
    [
      "another provider that says it is the tenant",
      "oidc",
      (name) => ({ tid: tenant, preferred_username: name }),
      false,
    ],
    ["an address inside a list", "oidc", (email) => ({ email: [email], email_verified: true }), false],
  ])("A5 %s", async (_, provider, claim, isProof) => {
    const workspace = await openWorkspace("proof");
    const address = `ana@${workspace.domain}`;
    await addPerson(workspace, address);
    expect(await signsIn(provider, claim(address), tenant)).toBe(isProof ? address : null);
  });

  test("A5 a tenant's id is the same in any case", async () => {
    const workspace = await openWorkspace("tid");
    const address = `ana@${workspace.domain}`;
    await addPerson(workspace, address);
    const tid = "aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee";
    expect(await signsIn("azure-ad", { tid, upn: address }, tid.toUpperCase())).toBe(address);
    expect(await signsIn("azure-ad", { tid: tid.toUpperCase(), upn: address }, tid)).toBe(address);
  });

  test("A5 no provider speaks for a domain that nobody here has verified", async () => {
    const workspace = await openWorkspace("proof");
    const guest = guestOf(workspace);
    await addUnmanaged(workspace, guest);
    expect(await signsIn("google", { email: guest, email_verified: true })).toBeNull();
    expect(await signsIn("azure-ad", { email: guest, xms_edov: true })).toBeNull();
    expect(await signsIn("azure-ad", { tid: tenant, preferred_username: guest }, tenant)).toBeNull();
  });

  test("A5 a domain that has lapsed speaks for nobody", async () => {
    const workspace = await openWorkspace("proof");
    const address = `ana@${workspace.domain}`;
    await addPerson(workspace, address, { externalId: "lapsed" });
    await run(sql`UPDATE "Domain" SET state = 'lapsed' WHERE "workspaceId" = ${workspace.id}`);
    expect(await signsIn("oidc", { email: address, email_verified: true })).toBeNull();
    expect(await signsIn("azure-ad", { tid: tenant, oid: "lapsed", preferred_username: address }, tenant)).toBeNull();
  });
});

describe("A5 the operator's own tenant", () => {
  test("A5 by oid where the externalId is it, without email or mailbox, whatever the user name says", async () => {
    const workspace = await openWorkspace("tenant");
    const [address, id] = [`ana@${workspace.domain}`, oid()];
    await addPerson(workspace, address, { externalId: id });
    expect(
      await signsIn("azure-ad", { tid: tenant, oid: id, preferred_username: "ana@tenant.onmicrosoft.test" }, tenant),
    ).toBe(address);
  });

  test("A5 not by the oid of another tenant, nor by that of somebody suspended, in-app, or on a domain that is not their workspace's", async () => {
    const [workspace, other] = [await openWorkspace("tenant"), await openWorkspace("tenant")];
    const [one, two, three] = [oid(), oid(), oid()];
    await addPerson(workspace, `ana@${workspace.domain}`, { externalId: one });
    expect(await signsIn("azure-ad", { tid: oid(), oid: one }, tenant)).toBeNull();
    expect(await signsIn("azure-ad", { tid: tenant, oid: one }, undefined)).toBeNull();
    const ben = await addPerson(workspace, `ben@${workspace.domain}`, { externalId: two });
    await workspace.scim("PATCH", `/Users/${ben}`, suspend);
    expect(await signsIn("azure-ad", { tid: tenant, oid: two }, tenant)).toBeNull();
    const guest = `eve@${other.domain}`;
    await addUnmanaged(other, guest);
    const invited = await addPerson(workspace, guest, { externalId: three });
    expect(await rowOf(workspace, invited)).toMatchObject({ state: "invited" });
    expect(await signsIn("azure-ad", { tid: tenant, oid: three }, tenant)).toBeNull();
  });

  test("A5 another workspace that claims the oid gets nobody: where the user name is known, its own workspace decides", async () => {
    const [home, evil] = [await openWorkspace("tenant"), await openWorkspace("tenant")];
    const [address, id] = [`ana@${home.domain}`, oid()];
    await addPerson(home, address, { externalId: "something else" });
    await addPerson(evil, `trap@${evil.domain}`, { externalId: id });
    expect(await signsIn("azure-ad", { tid: tenant, oid: id, preferred_username: address }, tenant)).toBe(address);
  });

  test("A5 two people with one oid are nobody", async () => {
    const workspace = await openWorkspace("tenant");
    const id = oid();
    for (const name of ["a", "b"]) await addPerson(workspace, `${name}@${workspace.domain}`, { externalId: id });
    expect(await signsIn("azure-ad", { tid: tenant, oid: id }, tenant)).toBeNull();
  });

  test("A5 a person whose user name is all they have signs in by it (a person without mailbox)", async () => {
    const workspace = await openWorkspace("tenant");
    const name = `kiosk.7@${workspace.domain}`;
    await addPerson(workspace, name);
    expect(await signsIn("azure-ad", { tid: tenant, oid: oid(), preferred_username: name.toUpperCase() }, tenant)).toBe(
      name,
    );
  });
});

describe("A5 links", () => {
  async function openLinked() {
    const workspace = await openWorkspace("links");
    const address = `ana@${workspace.domain}`;
    const person = await addPerson(workspace, address);
    await signsIn("google", { email: address, email_verified: true });
    return { workspace, address, person, userId: await userIdOf(address) };
  }

  test("A5 are audited, mailed to their owner and to the admins, shown and removable", async () => {
    const { workspace, address, person, userId } = await openLinked();
    expect(await eventsOf(workspace, person)).toContain("account.provider_linked");
    const mailed = () =>
      all<{ kind: string }>(
        sql`SELECT kind FROM "Mail" WHERE "to" = ${address} AND kind::text LIKE 'provider%' ORDER BY id`,
      );
    expect(await mailed()).toEqual([{ kind: "provider_linked" }]);
    expect(await mailsTo(workspace, `admin@${workspace.domain}`)).toContain("access_given");
    const [link] = await listProviderLinks(userId);
    expect(link).toMatchObject({ provider: "google", label: address });
    await removeProviderLink(userId, link?.id ?? "");
    expect(await listProviderLinks(userId)).toEqual([]);
    expect(await eventsOf(workspace, person)).toContain("account.provider_removed");
    expect(await mailed()).toHaveLength(2);
  });

  test("A5 are removed by nobody else", async () => {
    const { userId, workspace } = await openLinked();
    const [link] = await listProviderLinks(userId);
    const eve = await addPerson(workspace, `eve@${workspace.domain}`);
    await expect(removeProviderLink(await userIdOf(`eve@${workspace.domain}`), link?.id ?? "")).rejects.toMatchObject({
      reason: "not_found",
    });
    expect(eve).toBeTruthy();
    expect(await listProviderLinks(userId)).toHaveLength(1);
  });

  test("A5 are made by whoever is signed in, for what proves no address; an account of somebody else's is not taken", async () => {
    const workspace = await openWorkspace("links");
    const address = `ana@${workspace.domain}`;
    await addPerson(workspace, address);
    const userId = await userIdOf(address);
    const account = { provider: "google", subject: "private", claims: { email: "ana@home.test" } };
    expect(await admitProvider(account, null, undefined)).toBe(false);
    expect(await admitProvider(account, userId, undefined)).toBe(true);
    expect(await listProviderLinks(userId)).toMatchObject([{ label: "ana@home.test" }]);
    const eve = `eve@${workspace.domain}`;
    await addPerson(workspace, eve);
    expect(await admitProvider(account, await userIdOf(eve), undefined)).toBe(true);
    expect(await listProviderLinks(await userIdOf(eve)), "it still signs in its own").toEqual([]);
  });

  test("A5 T14 what was prepared for an address ends with its owner's first sign-in by a provider", async () => {
    const workspace = await openWorkspace("links");
    const address = `victim@${workspace.domain}`;
    await addPerson(workspace, address);
    const userId = await userIdOf(address);
    const prepared = await openSession(userId, { address: null, agent: null });
    expect(await signsIn("google", { email: address, email_verified: true })).toBe(address);
    expect(await findSession(/=([^;]+)/.exec(prepared)?.[1])).toBeNull();
  });
});

describe("A5 an externalId says who signs in only where every workspace of the account says so", () => {
  /** The person is provisioned by one workspace and an admin of another. */
  async function openShared() {
    const [mine, theirs] = [await openWorkspace("mine"), await openWorkspace("theirs")];
    const address = `ana@${mine.domain}`;
    await addUnmanaged(theirs, address, "active", "admin");
    const here = await addPerson(mine, address, { externalId: oid() });
    return { mine, theirs, here, address };
  }

  test("A5 moved to a colleague's, it doesn't hand over the account that is an admin elsewhere", async () => {
    const { mine, here } = await openShared();
    const eve = `eve@${mine.domain}`;
    await addPerson(mine, eve);
    const id = oid();
    await mine.scim("PATCH", `/Users/${here}`, setTo("externalId", id));
    expect(await signsIn("azure-ad", { tid: tenant, oid: id, preferred_username: eve }, tenant)).toBe(eve);
    expect(await signsIn("azure-ad", { tid: tenant, oid: id }, tenant)).toBeNull();
  });

  test("A5 by the name that the account has, its owner signs in all the same", async () => {
    const { address } = await openShared();
    expect(await signsIn("azure-ad", { tid: tenant, oid: oid(), upn: address }, tenant)).toBe(address);
  });

  test("A5 two workspaces that one tenant provisions say the same", async () => {
    const [one, two] = [await openWorkspace("one"), await openWorkspace("two")];
    const [address, id] = [`lin@${one.domain}`, oid()];
    await addPerson(one, address, { externalId: id });
    await addUnmanaged(two, address, "active", "member");
    await two.scim("POST", "/Users", userBody(address, { externalId: id }));
    expect(await signsIn("azure-ad", { tid: tenant, oid: id }, tenant)).toBe(address);
  });
});
