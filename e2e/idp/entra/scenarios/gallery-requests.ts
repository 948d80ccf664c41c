import { enterprise, mapGroup, mapUser } from "@/e2e/idp/entra/connector/mapping";
import type { Resource } from "@/e2e/idp/entra/connector/resource";
import { Job } from "@/e2e/idp/entra/job";
import { defaultKnobs, type Knobs } from "@/e2e/idp/entra/knobs";
import { randomId, randomNumber, randomText } from "@/e2e/idp/entra/random";
import { hire, type Tenant } from "@/e2e/idp/entra/tenant";
import { coreGroup, coreUser, findBy, type Validator } from "./validator-requests";

export const someone = (tenant: Tenant) => hire(tenant, 1_000_000 + randomNumber(8_000_000), { id: randomId() });

export async function findUser(validator: Validator, userName: string): Promise<Resource | undefined> {
  return (await findBy(validator, "Users", "userName", userName))[0];
}

export async function findGroup(validator: Validator, displayName: string): Promise<Resource | undefined> {
  return (await findBy(validator, "Groups", "displayName", displayName))[0];
}

/** A name with characters that are hard on filters. */
export function someGroup({ directory }: Tenant, members: string[] = []) {
  const group = { id: randomId(), displayName: `Gallery-(${randomText()})`, assigned: true, members };
  directory.groups.set(group.id, group);
  return group;
}

/** The filter has no excludedAttributes, and so lists the members. */
export async function checkMember(validator: Validator, isRemoved: boolean): Promise<void> {
  const tenant = openJob(validator);
  const user = someone(tenant);
  const group = someGroup(tenant, [user.id]);
  await run(tenant);
  if (isRemoved) {
    group.members = [];
    await run(tenant);
  }
  const { members = [] } = (await findGroup(validator, group.displayName)) ?? {};
  const ids = (members as Resource[]).map(({ value }) => value);
  const isMember = ids.includes(tenant.job.state.users[user.id]);
  validator.wire.check(isMember !== isRemoved, `the member is ${isMember ? "" : "not "}there`);
}

/** An attribute of /Schemas by the path that a mapping would have. */
type Flat = { path: string; type: string; required: boolean; writable: boolean };

type Attribute = Record<string, unknown> & { name: string; type: string };

const isWritable = ({ mutability, returned }: Attribute) => mutability === "readWrite" && returned !== "never";

/** Attributes of a schema, flattened to paths of mappings. */
function flatten(schema: Resource): Flat[] {
  const prefix = [coreUser, coreGroup].includes(String(schema.id)) ? "" : `${schema.id}:`;
  return ((schema.attributes ?? []) as Attribute[]).flatMap((attribute) => flattenOne(prefix, attribute));
}

function flattenOne(prefix: string, attribute: Attribute): Flat[] {
  const { name, type } = attribute;
  const subs = (attribute.subAttributes ?? []) as Attribute[];
  const flat = (path: string, of: Attribute): Flat => ({
    path: `${prefix}${path}`,
    type: of.type,
    required: attribute.required === true,
    writable: isWritable(attribute) && isWritable(of),
  });
  if (attribute.multiValued === true) return elementsOf(attribute, subs).map(([path, of]) => flat(path, of));
  if (type !== "complex" || prefix !== "") return [flat(name, attribute)];
  return subs.map((sub) => flat(`${name}.${sub.name}`, sub));
}

/** `emails[type eq "work"].value` for each canonical type; without those `roles[primary eq "True"].value`. */
function elementsOf({ name }: Attribute, subs: Attribute[]): [path: string, of: Attribute][] {
  const types = (subs.find((sub) => sub.name === "type")?.canonicalValues ?? []) as string[];
  const filters = types.length > 0 ? types.map((type) => `type eq "${type}"`) : ['primary eq "True"'];
  const value = subs.find((sub) => sub.name === "value");
  const parts = value ? [value] : subs.filter((sub) => !["type", "primary"].includes(sub.name));
  return filters.flatMap((filter) => parts.map((of): [string, Attribute] => [`${name}[${filter}].${of.name}`, of]));
}

export async function readSchemas(validator: Validator, ...ids: string[]): Promise<Flat[]> {
  const schemas = await validator.wire.list("/Schemas");
  return schemas.filter(({ id }) => ids.includes(String(id))).flatMap(flatten);
}

/** Every path that the default mappings write. */
export function mappedPaths(validator: Validator): string[] {
  const tenant = openJob(validator);
  const user = mapUser(someone(tenant), tenant.knobs).map(([path]) => path);
  return [...user, ...mapGroup(someGroup(tenant)).map(([path]) => path), `${enterprise}:manager`];
}

/** Common attributes are in no schema (RFC 7643 §3.1). */
export const isCommon = (path: string) => path === "externalId";

export const newUser = ({ host }: Validator): Resource => ({
  schemas: [coreUser, enterprise],
  userName: `${randomText().toLowerCase()}@${host}`,
  externalId: randomId(),
  active: true,
  displayName: randomText(),
  title: randomText(),
  emails: [{ type: "work", value: `${randomText()}@${host}`, primary: true }],
  name: { givenName: randomText(), familyName: randomText(), formatted: randomText() },
  phoneNumbers: [{ type: "work", value: "+1 555 0100", primary: true }],
  [enterprise]: { department: randomText(), employeeNumber: randomText() },
});

/** A tenant of its own for each test, with nobody in it; the flag is stripped from the address. */
export function openJob({ wire, host }: Validator, knobs: Partial<Knobs> = {}): Tenant {
  const all = { ...defaultKnobs, filterEncoding: "%20" as const, ...knobs };
  const directory = { users: new Map(), groups: new Map() };
  const inside = { claim: async () => {}, signIn: async () => {}, mayGrantAdmin: async () => {} };
  const options = { url: "", token: "", domain: host, users: 0, groups: 0, crowd: 0, inside };
  return { ...options, knobs: all, wire, job: new Job(wire, all), directory };
}

export async function run({ job, directory, wire }: Tenant): Promise<void> {
  await job.cycle(directory);
  wire.check(job.failures.length === 0, `the job failed: ${job.failures[0]?.why}`);
}
