import {
  filter,
  importByIndex,
  newFamilyName,
  newGroupName,
  notSent,
  type Provider,
  patchOf,
  type Sent,
  type Talk,
  urn,
} from "./support/conversation";
import { check, type Json } from "./support/wire";

// CyberArk Identity, from its documentation. Its test of a connection reads discovery item by item; users by PUT, groups by PATCH.

const connect: Sent = async ({ wire }) => {
  await wire.list("/Users?count=1");
  await wire.list("/Groups");
  await wire.expect(200, "GET", "/ServiceProviderConfig");
  for (const name of ["User", "Group"]) {
    const { body } = await wire.expect(200, "GET", `/ResourceTypes/${name}`);
    check(body.id === name && body.name === name, `the resource type ${name} is not called so`);
    const schema = await wire.expect(200, "GET", `/Schemas/${body.schema}`);
    check(schema.body.id === body.schema, `the schema ${body.schema} is another`);
  }
};

function bodyOf({ person }: Talk, active = true): Json {
  return {
    schemas: [urn.user],
    userName: person.userName,
    displayName: `${person.givenName} ${person.familyName}`,
    name: { givenName: person.givenName, familyName: person.familyName },
    emails: [{ value: person.userName, type: "work", primary: true }],
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

async function patchMembers({ wire, group, members }: Talk): Promise<void> {
  const gone = members.before.filter((id) => !members.after.includes(id));
  const come = members.after.filter((id) => !members.before.includes(id));
  const operations: Json[] = gone.map((id) => ({ op: "remove", path: `members[value eq "${id}"]` }));
  if (come.length > 0)
    operations.push({ op: "add", path: "members", value: come.map((value) => ({ value, type: "User" })) });
  await wire.expect([200, 204], "PATCH", `/Groups/${group.id}`, { body: patchOf(...operations) });
}

export const cyberArk: Provider = {
  name: "CyberArk Identity",
  source: "its documentation",
  headers: { accept: "application/scim+json", "content-type": "application/scim+json" },
  steps: {
    connect,
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
    delete: notSent("CyberArk deactivates by PUT, and its documentation has no deletion"),
    "group create": async ({ wire, group }) => {
      const body = { schemas: [urn.group], displayName: group.displayName };
      group.id = String((await wire.expect(201, "POST", "/Groups", { body })).body.id);
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
    "group delete": notSent("CyberArk sends GET, POST and PATCH of groups only"),
    import: importByIndex(100, ["groups"]),
  },
};
