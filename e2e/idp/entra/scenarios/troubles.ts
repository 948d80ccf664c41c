import { mapUser } from "@/e2e/idp/entra/connector/mapping";
import { buildResource, isRecord, type Resource, readPath } from "@/e2e/idp/entra/connector/resource";
import { type Sent, Wire } from "@/e2e/idp/entra/connector/wire";
import { day, hour } from "@/e2e/idp/entra/escrow";
import type { Code } from "@/e2e/idp/entra/failure";
import { Job } from "@/e2e/idp/entra/job";
import { randomId } from "@/e2e/idp/entra/random";
import {
  first,
  hire,
  isWrite,
  membersOf,
  purge,
  read,
  record,
  type Scenario,
  scimId,
  sync,
  syncWithFailure,
  type Tenant,
} from "@/e2e/idp/entra/tenant";
import { openFaultProxy } from "@/e2e/support/fault-proxy";

// What goes wrong, and beginning again (S14–S19).

/** Versions of all groups: no change is a change of none. */
async function versions({ wire, job }: Tenant): Promise<string> {
  const groups = Object.values(job.state.groups).map(async (id) => {
    const { body } = await wire.send("GET", `/Groups/${id}?excludedAttributes=members`);
    return JSON.stringify((body as Resource).meta);
  });
  return (await Promise.all(groups)).sort().join();
}

const isFilter = ({ path }: Sent) => path.startsWith("/Users?") && !path.includes("attributes=id");

const restart: Scenario = async (tenant) => {
  const { wire, job, knobs } = tenant;
  await sync(tenant);
  const anchors = JSON.stringify(Object.entries(job.state.users).sort());
  const before = await versions(tenant);

  job.restart("links");
  const kept = await record(tenant, () => sync(tenant));
  wire.check(kept.filter(isWrite).length === 0, "a restart that keeps the links writes nothing");
  wire.check(kept.filter(isFilter).length === 1, "linked users are read by id; the one filter is the probe");

  job.restart("full");
  const matched = await record(tenant, () => sync(tenant));
  const writes = matched.filter(isWrite);
  const isHarmless = writes.every(({ method, path }) => method === "PATCH" && path.startsWith("/Groups/"));
  wire.check(isHarmless, "a full restart matches everybody again and changes nobody");
  wire.check(!knobs.referenceCheck || writes.length === 0, "members that are looked up first are not added again");
  wire.check(JSON.stringify(Object.entries(job.state.users).sort()) === anchors, "everybody is matched to the same id");
  wire.check((await versions(tenant)) === before, "R-44: members who are added again change no group");
};

/** One user can't be written for a day; the others don't notice. */
const escrow: Scenario = async (tenant) => {
  const proxy = await openFaultProxy(tenant.url);
  const wire = new Wire(proxy.url, tenant.token, tenant.knobs.flag, tenant.knobs);
  try {
    await keepFailing(tenant, wire, proxy);
  } finally {
    wire.close();
    await proxy.close();
  }
};

async function keepFailing(tenant: Tenant, wire: Wire, proxy: { fail: unknown }): Promise<void> {
  const [broken, healthy] = [hire(tenant, 40), hire(tenant, 41)];
  await sync(tenant);
  let now = Date.now();
  const start = now;
  const job = new Job(wire, tenant.knobs, tenant.job.state, () => now);
  const tries: number[] = [];
  proxy.fail = ({ url }: { url: string }) => {
    if (!url.includes(scimId(tenant, broken)) || now - start >= day) return null;
    tries.push((now - start) / hour);
    return { status: 500 };
  };
  Object.assign(broken, { displayName: "Changed in vain" });
  for (; now - start < day; now += 2 * hour) {
    Object.assign(healthy, { displayName: `Changed ${(now - start) / hour}` });
    await job.cycle(tenant.directory);
    const failed = job.failures.map(({ code }) => code);
    tenant.wire.check(
      failed.every((code) => code === "InternalServerError"),
      `failed are ${failed.join()}`,
    );
    const { displayName } = await read(tenant, healthy);
    tenant.wire.check(displayName === healthy.displayName, "others are not affected");
  }
  tenant.wire.check(tries.join() === "0,6,12", `tried again after ${tries.join()} hours`);
  await job.cycle(tenant.directory);
  tenant.wire.check(job.failures.length === 0, "after a day it works again");
  const { displayName } = await read(tenant, broken);
  tenant.wire.check(displayName === "Changed in vain", "what had failed is there");
  tenant.wire.check(Object.keys(job.state.escrow).length === 0, "nothing is left in escrow");
  await tenant.inside.claim({ id: scimId(tenant, broken), state: "active" });
}

/** A token that is not good: at once no more requests but one a day, until it is replaced. */
const quarantine: Scenario = async (tenant) => {
  let now = Date.now();
  const { wire, directory, job: good, inside } = tenant;
  const bad = new Wire(tenant.url, `${tenant.token}x`, tenant.knobs.flag, tenant.knobs);
  const job = new Job(bad, tenant.knobs, good.state, () => now);
  const tryOnce = async (): Promise<Code | string> => {
    try {
      return await job.cycle(directory);
    } catch (error) {
      return (error as { code: Code }).code;
    }
  };
  wire.check((await tryOnce()) === "Unauthorized", "a wrong token is 401");
  wire.check(good.state.quarantine?.reason === "credentials", "and the job is in quarantine at once");
  const asked = bad.requests;
  for (now += hour; now < Date.now() + 23 * hour; now += 4 * hour)
    wire.check((await tryOnce()) === "quarantined", "a job in quarantine waits for a day");
  wire.check(bad.requests === asked, "and sends nothing");
  now = Date.now() + day + hour;
  wire.check((await tryOnce()) === "Unauthorized" && bad.requests === asked + 1, "then it tries once");
  now = Date.now() + 29 * day;
  wire.check((await tryOnce()) === "disabled", "after four weeks it is disabled");
  bad.close();
  const somebody = first(directory.users.values());
  await inside.claim({ id: scimId(tenant, somebody), state: "active" });
  good.restart("links");
  wire.check((await sync(tenant)) === 0, "with the right token it goes on, and nothing has changed meanwhile");
};

/** A user whom another client has made, in other letters. */
const preexisting: Scenario = async (tenant) => {
  const { wire, job, knobs, inside } = tenant;
  const user = hire(tenant, 50);
  const userName = user.userPrincipalName.toUpperCase();
  const emails = [{ type: "work", value: userName, primary: true }];
  const made = await wire.send("POST", "/Users", {
    schemas: ["urn:ietf:params:scim:schemas:core:2.0:User"],
    userName,
    emails,
  });
  const id = String((made.body as Resource).id);
  await inside.claim({ id, state: "active" });
  if (knobs.matchAttr === "externalId") {
    const { code } = await syncWithFailure(tenant);
    wire.check(code === "EntryConflict", `who is not matched can't be made: EntryConflict, not ${code}`);
    await new Job(wire, { ...knobs, matchAttr: "userName" }, job.state).provisionUser(user);
    job.restart("links");
  }
  await sync(tenant);
  wire.check(scimId(tenant, user) === id, "R-15: the user is matched whatever the case");
  const { userName: held } = await read(tenant, user);
  wire.check(held === user.userPrincipalName, "and has the name as the directory writes it");
  // Letter case alone is no change of the login address: it stays as it was first said.
  const address = `${userName.split("@")[0]}@${tenant.domain}`;
  await inside.claim({ id, state: "active", address, seats: 0 });
};

/** Two users of the target match one of the directory. */
const duplicates: Scenario = async (tenant) => {
  const { wire, knobs, inside } = tenant;
  // Names are unique in the target; nothing else is.
  const matchAttr = knobs.matchAttr === "userName" ? "externalId" : knobs.matchAttr;
  const job = new Job(wire, { ...knobs, matchAttr }, tenant.job.state);
  const user = hire(tenant, 51);
  const mapped = mapUser(user, knobs).filter(([path]) => path === matchAttr);
  const twins = [];
  for (const name of ["twin.one", "twin.two"]) {
    const schemas = ["urn:ietf:params:scim:schemas:core:2.0:User"];
    const body = { schemas, userName: `${name}@${tenant.domain}`, ...buildResource(mapped) };
    const { body: made } = await wire.send("POST", "/Users", body);
    twins.push(String((made as Resource).id));
  }
  await inside.claim({ id: twins[0] ?? "", state: "active" });
  const sent = await record(tenant, () => job.cycle(tenant.directory));
  const codes = job.failures.map(({ code }) => code).join();
  wire.check(codes === "DuplicateTargetEntries", `two users match: DuplicateTargetEntries, not ${codes}`);
  wire.check(sent.filter(isWrite).length === 0, "and neither of them is written");
  for (const id of twins) await wire.send("DELETE", `/Users/${id}`);
  tenant.job.restart("links");
  await sync(tenant);
  await inside.claim({ id: scimId(tenant, user), state: "active", seats: -1 });
};

function operationNames(sent: Sent[]): string[] {
  const bodies = sent.map(({ body }) => (isRecord(body) ? body.Operations : undefined));
  return bodies.flatMap((operations) => (Array.isArray(operations) ? operations : [])).map(({ op }) => String(op));
}

/** The same person in both dialects. */
const onDemand: Scenario = async (tenant) => {
  const { wire, job, knobs, directory, inside } = tenant;
  const user = hire(tenant, 60);
  await job.provisionOnDemand(user);
  await inside.claim({ id: scimId(tenant, user), state: "active", hasAccount: true, lastMail: "welcome" });
  Object.assign(user, { displayName: "On Demand", givenName: "On", surname: "Demand" });
  const demanded = operationNames(await record(tenant, () => job.provisionOnDemand(user)));
  wire.check(demanded.length > 1 && demanded.every((op) => /^[A-Z]/.test(op)), "on demand means the default dialect");
  Object.assign(user, { displayName: "In a Cycle", accountEnabled: false });
  const cycled = operationNames(await record(tenant, () => sync(tenant)));
  const isFlagged = knobs.flag && !knobs.pod;
  wire.check(cycled.length > 1 && cycled.every((op) => /^[a-z]/.test(op) === isFlagged), "a cycle means the flag's");
  const resource = await read(tenant, user);
  wire.check(resource.active === false && readPath(resource, "name.givenName") === "On", "both have come to pass");
  await inside.claim({ id: scimId(tenant, user), state: "suspended", lastMail: "suspended", seats: -1 });

  const members = [...directory.users.values()].slice(0, 7).map(({ id }) => id);
  const group = { id: randomId(), displayName: "On Demand Team", assigned: true, members };
  directory.groups.set(group.id, group);
  await job.provisionGroupOnDemand(group, directory);
  wire.check((await membersOf(tenant, group)).size === 5, "a group on demand takes five members");
  await sync(tenant);
  wire.check((await membersOf(tenant, group)).size === members.length, "the others follow in the cycle");
  directory.groups.delete(group.id);
  purge(tenant, user);
  await sync(tenant);
};

export const troubles: Record<string, Scenario> = {
  "S14 restart": restart,
  "S15 one user fails for a day": escrow,
  "S16 a wrong token and quarantine": quarantine,
  "S17 a user who was there before, in other letters": preexisting,
  "S18 two users of the target match": duplicates,
  "S19 provision on demand": onDemand,
};
