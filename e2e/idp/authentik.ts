import {
  filter,
  newFamilyName,
  newGroupName,
  type Provider,
  patchOf,
  type Sent,
  type Talk,
  urn,
  walk,
} from "./support/conversation";
import { check, checkError, type Json } from "./support/wire";

// authentik's SCIM provider, from its source code. What it sends depends on what ServiceProviderConfig says; a 409 is healed by a filter.

/** What discovery has promised, and authentik acts on. */
type Promised = { patch: boolean; filter: boolean; chunk: number };

async function readConfig({ wire }: Talk): Promise<Promised> {
  const { body } = await wire.expect(200, "GET", "/ServiceProviderConfig");
  const supported = (name: string) => (body[name] as Json | undefined)?.supported === true;
  const { maxOperations } = body.bulk as Json;
  check(Number.isInteger(maxOperations) && Number(maxOperations) > 0, "bulk.maxOperations is the chunk of its PATCHes");
  check(Number((body.filter as Json).maxResults) > 0, "filter.maxResults 0 is a known bug");
  return { patch: supported("patch"), filter: supported("filter"), chunk: Number(maxOperations) };
}

const connect: Sent = async (talk) => {
  await readConfig(talk);
  const { total, resources } = await talk.wire.list("/ResourceTypes?startIndex=1&count=100");
  check(total === resources.length, "not all resource types came");
  check(new Set(resources.map(({ name }) => name)).size === total, "a resource type came twice");
};

function bodyOf({ person }: Talk, active = true): Json {
  return {
    schemas: [urn.user],
    userName: person.userName,
    name: {
      formatted: `${person.givenName} ${person.familyName}`,
      givenName: person.givenName,
      familyName: person.familyName,
    },
    displayName: `${person.givenName} ${person.familyName}`,
    emails: [{ value: person.userName, type: "other", primary: true }],
    externalId: `hash-${person.userName}`,
    active,
  };
}

const put =
  (active: boolean): Sent =>
  async (talk) => {
    const { wire, person } = talk;
    const { body } = await wire.expect(200, "PUT", `/Users/${person.id}`, { body: bodyOf(talk, active) });
    check(body.active === active && body.id === person.id, "active did not change, or the id did");
  };

/** The whole group in one operation without a path; older versions put the read-only id into it. */
const renameGroup: Sent = async (talk) => {
  const { wire, group } = talk;
  const displayName = newGroupName(group.displayName);
  const value = { schemas: [urn.group], id: group.id, displayName, externalId: "g-1" };
  check((await readConfig(talk)).patch, "PATCH is not promised");
  await wire.expect([200, 204], "PATCH", `/Groups/${group.id}`, { body: patchOf({ op: "replace", value }) });
  group.displayName = displayName;
};

/** Reads the group to compare, then adds and removes each member by an operation of its own, in chunks. */
async function patchMembers(talk: Talk): Promise<void> {
  const { wire, group, members } = talk;
  const { chunk } = await readConfig(talk);
  const { body } = await wire.expect(200, "GET", `/Groups/${group.id}`);
  const held = ((body.members ?? []) as Json[]).map(({ value }) => String(value));
  const operations = [
    ...members.after
      .filter((id) => !held.includes(id))
      .map((value) => ({ op: "add", path: "members", value: [{ value }] })),
    ...held
      .filter((id) => !members.after.includes(id))
      .map((value) => ({ op: "remove", path: "members", value: [{ value }] })),
  ];
  for (let start = 0; start < operations.length; start += chunk) {
    const body = patchOf(...operations.slice(start, start + chunk));
    await wire.expect([200, 204], "PATCH", `/Groups/${group.id}`, { body });
  }
}

/** A full listing walks on from what it has seen until there is no more. */
const importAll: Sent = async (talk) => {
  talk.imported.users = await walk(talk.wire, "/Users", 100);
  talk.imported.groups = await walk(talk.wire, "/Groups", 100);
};

export const authentik: Provider = {
  name: "authentik",
  source: "its source code",
  headers: { accept: "application/scim+json", "content-type": "application/scim+json" },
  steps: {
    connect,
    match: async (talk) => {
      const { total } = await talk.wire.list(`/Users?${filter("userName", talk.person.userName)}`);
      check(total === 0, "somebody was found");
    },
    create: async (talk) => {
      const { wire, person } = talk;
      const answer = await wire.expect(201, "POST", "/Users", { body: bodyOf(talk) });
      check(typeof answer.body.id === "string" && answer.body.id !== "", "an empty id stops the sync");
      person.id = String(answer.body.id);
      // A second run has lost its connection objects: POST, 409, and the filter finds whom to update.
      checkError(await wire.expect(409, "POST", "/Users", { body: bodyOf(talk) }));
      const { resources } = await wire.list(`/Users?${filter("userName", person.userName)}`);
      check(resources.length === 1 && resources[0]?.id === person.id, "the filter does not heal a 409");
    },
    update: async (talk) => {
      talk.person.familyName = newFamilyName;
      await put(true)(talk);
    },
    deactivate: put(false),
    reactivate: put(true),
    delete: async ({ wire, person }) => {
      await wire.expect(204, "DELETE", `/Users/${person.id}`);
    },
    "group create": async ({ wire, group }) => {
      const body = { schemas: [urn.group], displayName: group.displayName, externalId: "g-1" };
      group.id = String((await wire.expect(201, "POST", "/Groups", { body })).body.id);
      checkError(await wire.expect(409, "POST", "/Groups", { body }));
      const { resources } = await wire.list(`/Groups?${filter("displayName", group.displayName)}`);
      check(resources[0]?.id === group.id, "the filter does not heal a 409");
    },
    "group rename": renameGroup,
    "group add": patchMembers,
    "group remove": patchMembers,
    "group clear": patchMembers,
    "group delete": async ({ wire, group }) => {
      await wire.expect(204, "DELETE", `/Groups/${group.id}`);
    },
    import: importAll,
  },
};

/** Old versions write the value of their filter without quotes: it finds the one that is meant, and never everybody. */
export async function askWithoutQuotes({ wire, person }: Talk): Promise<void> {
  const ask = (value: string) => wire.list(`/Users?filter=userName%20eq%20${encodeURIComponent(value)}`);
  check((await ask(`nobody-${person.userName}`)).total === 0, "somebody was found who was not asked for");
  const { resources } = await ask(person.userName);
  check(resources.length === 1 && resources[0]?.id === person.id, "the one who was asked for was not found");
}

/** A group by PUT, with its members: what authentik does where PATCH is not promised. */
export async function putGroup({ wire, group, members }: Talk): Promise<void> {
  const body = {
    schemas: [urn.group],
    displayName: group.displayName,
    members: members.after.map((value) => ({ value })),
  };
  await wire.expect(200, "PUT", `/Groups/${group.id}`, { body });
}
