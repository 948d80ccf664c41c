import {
  filter,
  importByIndex,
  newFamilyName,
  newGroupName,
  notSent,
  type Provider,
  patchOf,
  type Talk,
  urn,
} from "./support/conversation";
import { check, type Json } from "./support/wire";

// OneLogin, from its documentation. The body comes from a JSON template that an admin edits, so it has nulls, booleans as texts, and
// `managerId` where the standard has `manager.value`.

function bodyOf({ person }: Talk, change: Json = {}): Json {
  return {
    schemas: [urn.user, urn.enterprise],
    id: person.id || null,
    userName: person.userName,
    active: "true",
    name: { givenName: person.givenName, familyName: person.familyName, formatted: null },
    emails: [{ value: person.userName, type: "work", primary: true }],
    [urn.enterprise]: { managerId: "", department: "Sales", clearance: "none" },
    meta: { resourceType: "User" },
    ...change,
  };
}

async function put(talk: Talk, change: Json = {}): Promise<Json> {
  const { wire, person } = talk;
  return (await wire.expect(200, "PUT", `/Users/${person.id}`, { body: bodyOf(talk, change) })).body;
}

async function patchMembers({ wire, group, members }: Talk): Promise<void> {
  const gone = members.before.filter((id) => !members.after.includes(id));
  const come = members.after.filter((id) => !members.before.includes(id));
  const operations: Json[] = [];
  if (come.length > 0) operations.push({ op: "add", path: "members", value: come.map((value) => ({ value })) });
  for (const id of gone) operations.push({ op: "remove", path: `members[value eq "${id}"]` });
  await wire.expect([200, 204], "PATCH", `/Groups/${group.id}`, { body: patchOf(...operations) });
}

export const oneLogin: Provider = {
  name: "OneLogin",
  source: "its documentation",
  headers: { "user-agent": "", accept: "application/json", "content-type": "application/scim+json" },
  steps: {
    connect: async ({ wire }) => {
      const { total } = await wire.list(`/Users?${filter("userName", "onelogin-test-bogus")}`);
      check(total === 0, "the known bogus user was found");
    },
    match: async ({ wire, person }) => {
      check((await wire.list(`/Users?${filter("userName", person.userName)}`)).total === 0, "somebody was found");
    },
    create: async (talk) => {
      const { body } = await talk.wire.expect(201, "POST", "/Users", { body: bodyOf(talk) });
      check(typeof body.id === "string" && body.active === true, "no id, or active is no boolean");
      talk.person.id = String(body.id);
    },
    update: async (talk) => {
      talk.person.familyName = newFamilyName;
      check(((await put(talk)).name as Json).familyName === newFamilyName, "the name did not change");
    },
    deactivate: async (talk) => check((await put(talk, { active: "false" })).active === false, "still active"),
    reactivate: async (talk) => check((await put(talk)).active === true, "not active again"),
    delete: async ({ wire, person }) => {
      await wire.expect(204, "DELETE", `/Users/${person.id}`);
    },
    "group create": async ({ wire, group }) => {
      const body = { schemas: [urn.group], displayName: group.displayName };
      group.id = String((await wire.expect(201, "POST", "/Groups", { body })).body.id);
    },
    "group rename": async ({ wire, group }) => {
      const value = newGroupName(group.displayName);
      await wire.expect([200, 204], "PATCH", `/Groups/${group.id}`, {
        body: patchOf({ op: "replace", path: "displayName", value }),
      });
      group.displayName = value;
    },
    "group add": patchMembers,
    "group remove": patchMembers,
    "group clear": patchMembers,
    "group delete": notSent("OneLogin lists, creates and patches groups, and its documentation has no deletion"),
    import: importByIndex(100, ["groups"]),
  },
};
