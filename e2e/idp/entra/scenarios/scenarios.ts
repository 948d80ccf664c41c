import { type EntraUser, makeUser } from "@/e2e/idp/entra/directory";
import { first, type Scenario, scimId, sync } from "@/e2e/idp/entra/tenant";
import { galleryCases } from "./gallery";
import { lives } from "./lives";
import { references } from "./references";
import { troubles } from "./troubles";
import { openValidator, webCases } from "./validator";

const initial: Scenario = async (tenant) => {
  const { wire, directory, inside } = tenant;
  const user = first(directory.users.values());
  wire.check((await sync(tenant)) > directory.users.size, "the first cycle writes everybody, and their references");
  const address = user.userPrincipalName;
  await inside.claim({
    ...{ id: scimId(tenant, user), state: "active", role: "member", address, hasAccount: true },
    ...{ lastMail: "welcome", lastAudit: "membership.created", seats: directory.users.size },
  });
};

const quiet: Scenario = async (tenant) => {
  const writes = await sync(tenant);
  tenant.wire.check(writes === 0, `a quiet cycle wrote ${writes} times`);
};

const validate =
  (cases: typeof webCases): Scenario =>
  async ({ wire, domain }) => {
    for (const run of Object.values(cases)) await run(openValidator(wire, domain));
  };

/** The scenarios S1–S21 in their order; S22 needs an authorization server beside the SCIM server: oauth.db.test.ts. */
export const scenarios: Record<string, Scenario> = inOrder({
  "S1 connect": ({ job }) => job.testConnection(),
  "S2 initial cycle": initial,
  "S3 quiet cycle writes nothing": quiet,
  ...lives,
  ...references,
  ...troubles,
  "S20 web validator": validate(webCases),
  "S21 app-gallery validation": validate(galleryCases),
});

function inOrder(cases: Record<string, Scenario>): Record<string, Scenario> {
  const number = (name: string) => Number(/\d+/.exec(name));
  return Object.fromEntries(Object.entries(cases).sort(([a], [b]) => number(a) - number(b)));
}

/** A person that no directory made: for provision-on-demand. */
export function makeGuest(domain: string, name: { givenName: string; surname: string; nickname: string }): EntraUser {
  const base = makeUser(domain, 9_999);
  const address = `${name.nickname}@${domain}`;
  return {
    ...base,
    givenName: name.givenName,
    surname: name.surname,
    displayName: `${name.givenName} ${name.surname}`,
    userPrincipalName: address,
    mail: address,
    mailNickname: name.nickname,
    manager: null,
  };
}
