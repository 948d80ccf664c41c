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
import { check, type Json } from "./support/wire";

// PingFederate's SCIM provisioner, from its documentation. `application/json` both ways, users by PUT, groups found by fetching them all.

function bodyOf({ person }: Talk, active = true): Json {
  return {
    schemas: [urn.user],
    userName: person.userName,
    name: { givenName: person.givenName, familyName: person.familyName },
    emails: [{ value: person.userName, type: "work", primary: true }],
    externalId: `uid=${person.userName},ou=People`,
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

/** No filter: all groups are fetched, page by page, and matched here. */
async function findGroup({ wire, group }: Talk): Promise<string | undefined> {
  for (let start = 1; ; start += 100) {
    const { total, resources } = await wire.list(`/Groups?startIndex=${start}&count=100`);
    const found = resources.find(({ displayName }) => displayName === group.displayName);
    if (found) return String(found.id);
    if (start + 100 > total) return undefined;
  }
}

async function patchMembers({ wire, group, members }: Talk): Promise<void> {
  const gone = members.before.filter((id) => !members.after.includes(id));
  const come = members.after.filter((id) => !members.before.includes(id));
  const operations: Json[] = come.map((value) => ({ op: "add", path: "members", value: [{ value }] }));
  for (const id of gone) operations.push({ op: "remove", path: `members[value eq "${id}"]` });
  await wire.expect([200, 204], "PATCH", `/Groups/${group.id}`, { body: patchOf(...operations) });
}

export const pingFederate: Provider = {
  name: "PingFederate",
  source: "its documentation",
  headers: { accept: "application/json", "content-type": "application/json" },
  steps: {
    connect: async ({ wire }) => {
      await wire.list("/Users?startIndex=1&count=1");
      await wire.list("/Groups?startIndex=1&count=100");
    },
    match: async ({ wire, person }) => {
      check((await wire.list(`/Users?${filter("userName", person.userName)}`)).total === 0, "somebody was found");
    },
    create: async (talk) => {
      const { body } = await talk.wire.expect(201, "POST", "/Users", { body: bodyOf(talk) });
      talk.person.id = String(body.id);
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
    "group create": async (talk) => {
      check((await findGroup(talk)) === undefined, "the group is there already");
      const body = { schemas: [urn.group], displayName: talk.group.displayName };
      const answer = await talk.wire.expect(201, "POST", "/Groups", { body });
      check((await findGroup(talk)) === answer.body.id, "the new group is not in the list");
      talk.group.id = String(answer.body.id);
    },
    "group rename": async ({ wire, group }) => {
      const value = newGroupName(group.displayName);
      const body = patchOf({ op: "replace", path: "displayName", value });
      await wire.expect([200, 204], "PATCH", `/Groups/${group.id}`, { body });
      group.displayName = value;
    },
    "group add": patchMembers,
    "group remove": patchMembers,
    "group clear": patchMembers,
    "group delete": async ({ wire, group }) => {
      await wire.expect(204, "DELETE", `/Groups/${group.id}`);
    },
    import: async (talk) => {
      talk.imported.groups = await walk(talk.wire, "/Groups", 100);
    },
  },
};
