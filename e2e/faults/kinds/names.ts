import { setTimeout as sleep } from "node:timers/promises";
import { askBeside } from "@/e2e/faults/beside";
import { addPeople, openScim } from "@/e2e/faults/scim";
import { openSite, type Site, writeDuring } from "@/e2e/faults/site";
import { type Row, rowOf } from "@/e2e/faults/table";
import { type DnsServer, openDnsServer } from "@/e2e/support/dns-server";
import { operate } from "@/e2e/support/muster";
import { challengeHost, challengePrefix } from "@/lib/workspace/claims/check";

/** The ways the three resolvers behave, one after the other. */
type Say = (resolvers: DnsServer[], record: Claim) => void;

type Claim = { id: string; host: string; value: string };

const domain = "people.test";

const answerWell: Say = (resolvers, { host, value }) => {
  for (const resolver of resolvers) {
    resolver.set(domain, { kind: "empty" });
    resolver.set(host, { kind: "txt", values: [value] });
  }
};

/** DNS failures that aren't an answer from the zone itself: none of these may make a domain unverified. */
const manners: Record<string, Say> = {
  "all are silent": (resolvers, { host }) => {
    for (const resolver of resolvers) for (const name of [domain, host]) resolver.set(name, { kind: "silent" });
  },
  "all fail": (resolvers, { host }) => {
    for (const resolver of resolvers) for (const name of [domain, host]) resolver.set(name, { kind: "servfail" });
  },
  "one says that nothing is there": ([first], { host }) => {
    for (const name of [domain, host]) first?.set(name, { kind: "unknown" });
  },
  "one gives another value": ([, second], { host }) => {
    second?.set(host, { kind: "txt", values: ["muster-verify=another"] });
  },
  "one is silent and one fails": ([first, second], { host }) => {
    first?.set(host, { kind: "silent" });
    second?.set(host, { kind: "servfail" });
  },
};

/** F07: resolvers are down, slow and lying: a verified domain stays verified, and its people become members at once. */
export async function troubleNames(times: number, kinds = Object.keys(manners)): Promise<Row> {
  const resolvers = await Promise.all([openDnsServer(), openDnsServer(), openDnsServer()]);
  const site = await openSite({ MUSTER_DNS_SERVERS: resolvers.map(({ address }) => address).join(",") });
  const losses: string[] = [];
  const scim = openScim(() => site.muster.url, site.token, site.tally);
  operate(site.folder, "domain", "add", "--workspace", "acme", "--domain", domain);
  const claim = await findClaim(site);
  answerWell(resolvers, claim);
  const checker = openChecker(site, claim);
  losses.push(...(await checker.check("at first", ["verified"])));
  for (let done = 0; done < times; done++) {
    for (const [at, name] of kinds.entries()) {
      manners[name]?.(resolvers, claim);
      await writeDuring(site, async () => {
        const checked = checker.check(name, ["verified"]);
        const userName = `p${done}-${at}@${domain}`;
        await addPeople(scim, [userName]);
        losses.push(...(await wrongState(site, userName)), ...(await checked));
      });
      answerWell(resolvers, claim);
    }
    losses.push(...(await checker.check("afterwards", ["verified"])), ...(await site.examine()));
  }
  await site.remove();
  await Promise.all(resolvers.map((resolver) => resolver.close()));
  return rowOf("F07", `DNS: ${kinds.length} kinds of trouble`, times, losses, site.tally);
}

async function findClaim({ folder }: Site): Promise<Claim> {
  const [row] = await askBeside<{ id: string; challenge: string }>(
    folder,
    `SELECT id, challenge FROM "Domain" WHERE name = $1`,
    [domain],
  );
  if (!row) throw new Error("The domain was not claimed.");
  return { id: row.id, host: `${challengeHost}.${domain}`, value: `${challengePrefix}${row.challenge}` };
}

/** Makes the server check now, as an admin would, and compares the domain's state. */
function openChecker({ folder, muster }: Site, { id }: Claim) {
  const words = ["token", "create", "--workspace", "acme", "--name", "Domains", "--scope", "domain:read-write"];
  const token = operate(folder, ...words).trim();
  const check = async (when: string, wanted: string[]): Promise<string[]> => {
    const headers = { authorization: `Bearer ${token}` };
    const answer = await fetch(`${muster.url}/api/v1/domains/${id}/check`, { method: "POST", headers });
    if (answer.status >= 500 && answer.status !== 503) return [`${when}: a check was answered with ${answer.status}`];
    await sleep(50);
    const [row] = await askBeside<{ state: string }>(folder, `SELECT state FROM "Domain" WHERE id = $1`, [id]);
    const state = row?.state ?? "gone";
    return wanted.includes(state) ? [] : [`${when}: the domain is ${state}`];
  };
  return { check };
}

/** A person of a verified domain must be a member at once, not invited. */
async function wrongState({ folder }: Site, userName: string): Promise<string[]> {
  const [row] = await askBeside<{ state: string }>(folder, `SELECT state FROM "Membership" WHERE "userName" = $1`, [
    userName,
  ]);
  return row?.state === "active" ? [] : [`${userName} is ${row?.state ?? "not there"}`];
}
