import {
  newFamilyName,
  newGroupName,
  notSent,
  type Provider,
  patchOf,
  type Sent,
  type Talk,
  urn,
  walk,
} from "./support/conversation";
import { check, isList, type Json } from "./support/wire";

// SailPoint's SCIM 2.0 connector, from its documentation. All of discovery first, then an aggregation of everything; PATCH where it is advertised.

const connect: Sent = async ({ wire }) => {
  const { body } = await wire.expect(200, "GET", "/ServiceProviderConfig");
  check((body.patch as Json).supported === true, "PATCH is not advertised");
  await wire.list("/ResourceTypes");
  await wire.list("/Schemas");
  for (const name of ["User", "Group"]) await wire.expect(200, "GET", `/ResourceTypes/${name}`);
};

/** Everything, page by page; each row must name its schemas. */
const aggregate: Sent = async (talk) => {
  for (const endpoint of ["/Users", "/Groups"]) {
    const { resources } = await talk.wire.list(`${endpoint}?startIndex=1&count=50`);
    check(
      resources.every(({ schemas }) => Array.isArray(schemas) && schemas.length > 0),
      "a row names no schemas",
    );
  }
  talk.imported.users = await walk(talk.wire, "/Users", 50);
  talk.imported.groups = await walk(talk.wire, "/Groups", 50);
};

async function patch({ wire, person }: Talk, ...operations: Json[]): Promise<Json> {
  const answer = await wire.expect([200, 204], "PATCH", `/Users/${person.id}`, { body: patchOf(...operations) });
  return answer.status === 200 ? answer.body : (await wire.expect(200, "GET", `/Users/${person.id}`)).body;
}

const activate =
  (active: boolean): Sent =>
  async (talk) =>
    check(
      (await patch(talk, { op: "replace", path: "active", value: active })).active === active,
      "active did not change",
    );

async function patchMembers({ wire, group, members }: Talk): Promise<void> {
  const gone = members.before.filter((id) => !members.after.includes(id));
  const come = members.after.filter((id) => !members.before.includes(id));
  for (const id of come) {
    await wire.expect([200, 204], "PATCH", `/Groups/${group.id}`, {
      body: patchOf({ op: "add", path: "members", value: [{ value: id }] }),
    });
  }
  for (const id of gone) {
    await wire.expect([200, 204], "PATCH", `/Groups/${group.id}`, {
      body: patchOf({ op: "remove", path: `members[value eq "${id}"]` }),
    });
  }
}

export const sailPoint: Provider = {
  name: "SailPoint",
  source: "its documentation",
  headers: { accept: "application/scim+json", "content-type": "application/scim+json" },
  steps: {
    connect,
    match: notSent("SailPoint matches in its own aggregation"),
    create: async ({ wire, person }) => {
      const body = {
        schemas: [urn.user, urn.enterprise],
        userName: person.userName,
        name: { givenName: person.givenName, familyName: person.familyName },
        emails: [{ value: person.userName, type: "work", primary: true }],
        active: true,
        [urn.enterprise]: { department: "Audit" },
      };
      const answer = await wire.expect(201, "POST", "/Users", { body });
      check(isList(answer.body.schemas, urn.enterprise), "the extension is not named");
      person.id = String(answer.body.id);
    },
    update: async (talk) => {
      await patch(talk, { op: "replace", path: "name.familyName", value: newFamilyName });
      talk.person.familyName = newFamilyName;
    },
    deactivate: activate(false),
    reactivate: activate(true),
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
    "group delete": async ({ wire, group }) => {
      await wire.expect(204, "DELETE", `/Groups/${group.id}`);
    },
    import: aggregate,
  },
};
