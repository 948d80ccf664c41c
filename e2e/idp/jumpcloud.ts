import {
  filter,
  importByIndex,
  newFamilyName,
  newGroupName,
  type Provider,
  patchOf,
  type Sent,
  type Talk,
  urn,
} from "./support/conversation";
import { check, type Json } from "./support/wire";

// JumpCloud, from its documentation. Saving the configuration makes a test user and a test group, and takes both away; it does so with
// every change of the configuration. Members are changed as Entra does.

function bodyOf({ person }: Pick<Talk, "person">, active = true): Json {
  return {
    schemas: [urn.user],
    userName: person.userName,
    name: { givenName: person.givenName, familyName: person.familyName },
    emails: [{ value: person.userName, type: "work", primary: true }],
    displayName: `${person.givenName} ${person.familyName}`,
    active,
  };
}

/** The test of a configuration, run twice: the second POST of a name that was deleted must make somebody new. */
const connect: Sent = async ({ wire, domain }) => {
  const ids: unknown[] = [];
  for (let round = 0; round < 2; round++) {
    const person = { id: "", userName: `jctest@${domain}`, givenName: "Test", familyName: "User" };
    check(
      (await wire.list(`/Users?${filter("userName", person.userName)}`)).total === 0,
      "the test user is still there",
    );
    const user = await wire.expect(201, "POST", "/Users", { body: bodyOf({ person }) });
    const group = await wire.expect(201, "POST", "/Groups", {
      body: { schemas: [urn.group], displayName: "JumpCloud test group", members: [{ value: user.body.id }] },
    });
    await wire.expect(204, "DELETE", `/Groups/${group.body.id}`);
    await wire.expect(204, "DELETE", `/Users/${user.body.id}`);
    ids.push(user.body.id);
  }
  check(ids[0] !== ids[1], "the id of a deleted user was used again");
};

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
  const operations: Json[] = [];
  if (come.length > 0) operations.push({ op: "add", path: "members", value: come.map((value) => ({ value })) });
  if (gone.length > 0) operations.push({ op: "remove", path: "members", value: gone.map((value) => ({ value })) });
  await wire.expect([200, 204], "PATCH", `/Groups/${group.id}`, { body: patchOf(...operations) });
}

export const jumpCloud: Provider = {
  name: "JumpCloud",
  source: "its documentation",
  headers: { accept: "application/scim+json", "content-type": "application/scim+json" },
  low: ["group add", "group remove", "group clear"],
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
      const answer = await talk.wire.expect(200, "PUT", `/Users/${talk.person.id}`, { body: bodyOf(talk) });
      check((answer.body.name as Json).familyName === newFamilyName, "the name did not change");
    },
    deactivate: put(false),
    reactivate: put(true),
    delete: async ({ wire, person }) => {
      await wire.expect(204, "DELETE", `/Users/${person.id}`);
      await wire.expect(404, "GET", `/Users/${person.id}`);
    },
    "group create": async ({ wire, group }) => {
      const body = { schemas: [urn.group], displayName: group.displayName };
      group.id = String((await wire.expect(201, "POST", "/Groups", { body })).body.id);
    },
    "group rename": async ({ wire, group }) => {
      const displayName = newGroupName(group.displayName);
      const body = patchOf({ op: "replace", value: { displayName } });
      await wire.expect([200, 204], "PATCH", `/Groups/${group.id}`, { body });
      group.displayName = displayName;
    },
    "group add": patchMembers,
    "group remove": patchMembers,
    "group clear": patchMembers,
    "group delete": async ({ wire, group }) => {
      await wire.expect(204, "DELETE", `/Groups/${group.id}`);
    },
    import: importByIndex(100),
  },
};
