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

// Keycloak's SCIM plugins, from their source code and public issues. One family puts whole resources, another patches single attributes
// with booleans as texts; one reads all of discovery first and stops when a schema is missing.

const headers = { accept: "application/scim+json", "content-type": "application/scim+json" };

function bodyOf({ person }: Talk, active: boolean | string = true): Json {
  return {
    schemas: [urn.user],
    externalId: `kc-${person.userName}`,
    userName: person.userName,
    displayName: `${person.givenName} ${person.familyName}`,
    name: { givenName: person.givenName, familyName: person.familyName },
    emails: [{ value: person.userName, primary: true }],
    active,
  };
}

const create: Sent = async (talk) => {
  const { body, headers: answered } = await talk.wire.expect(201, "POST", "/Users", { body: bodyOf(talk) });
  const type = String(answered["content-type"]).split(";")[0];
  check(type === "application/scim+json", `its SDK refuses the type ${type}`);
  talk.person.id = String(body.id);
};

const put =
  (active: boolean): Sent =>
  async (talk) => {
    const { wire, person } = talk;
    const { body } = await wire.expect(200, "PUT", `/Users/${person.id}`, { body: bodyOf(talk, active) });
    check(body.active === active, "active did not change");
  };

const remove: Sent = async ({ wire, person }) => {
  await wire.expect(204, "DELETE", `/Users/${person.id}`);
};

const createGroup: Sent = async ({ wire, group }) => {
  const body = { schemas: [urn.group], externalId: "kc-group", displayName: group.displayName };
  group.id = String((await wire.expect(201, "POST", "/Groups", { body })).body.id);
};

/** Members with a relative address and no leading slash. */
const memberOf = (value: string) => ({ value, $ref: `Users/${value}` });

async function putGroup({ wire, group, members }: Talk): Promise<void> {
  const body = {
    schemas: [urn.group],
    externalId: "kc-group",
    displayName: group.displayName,
    members: members.after.map(memberOf),
  };
  await wire.expect(200, "PUT", `/Groups/${group.id}`, { body });
}

const deleteGroup: Sent = async ({ wire, group }) => {
  await wire.expect(204, "DELETE", `/Groups/${group.id}`);
};

const mapped = notSent("The plugin keeps a table of its own and doesn’t search");

/** The plugins that put whole resources (libre.sh and its forks). */
export const keycloakPut: Provider = {
  name: "Keycloak plugin, PUT",
  source: "the plugins’ source code and public issues",
  headers,
  steps: {
    connect: async ({ wire }) => {
      await wire.expect(200, "GET", "/ServiceProviderConfig");
    },
    match: mapped,
    create,
    update: async (talk) => {
      talk.person.familyName = newFamilyName;
      await put(true)(talk);
    },
    deactivate: put(false),
    reactivate: put(true),
    delete: remove,
    "group create": createGroup,
    "group rename": async (talk) => {
      talk.group.displayName = newGroupName(talk.group.displayName);
      await putGroup(talk);
    },
    "group add": putGroup,
    "group remove": putGroup,
    "group clear": putGroup,
    "group delete": deleteGroup,
    import: importByIndex(100),
  },
};

/** Reads all of discovery, and insists that /Schemas describes ServiceProviderConfig, too. */
const readDiscovery: Sent = async ({ wire }) => {
  await wire.expect(200, "GET", "/ServiceProviderConfig");
  await wire.list("/ResourceTypes");
  const { resources } = await wire.list("/Schemas");
  const wanted = "urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig";
  check(
    resources.some(({ id }) => id === wanted),
    "the schema of ServiceProviderConfig is missing",
  );
};

const patchUser = async ({ wire, person }: Talk, ...operations: Json[]): Promise<Json> => {
  const answer = await wire.expect([200, 204], "PATCH", `/Users/${person.id}`, { body: patchOf(...operations) });
  return answer.status === 200 ? answer.body : (await wire.expect(200, "GET", `/Users/${person.id}`)).body;
};

const patchActive =
  (active: boolean): Sent =>
  async (talk) => {
    const body = await patchUser(talk, { op: "replace", path: "active", value: String(active) });
    check(body.active === active, "active did not change");
  };

/** The whole list, or a removal without a filter when nobody is left. */
async function patchMembers({ wire, group, members }: Talk): Promise<void> {
  const operation =
    members.after.length > 0
      ? { op: "replace", path: "members", value: members.after.map(memberOf) }
      : { op: "remove", path: "members" };
  const operations = [operation, { op: "replace", path: "externalId", value: "kc-group" }];
  await wire.expect([200, 204], "PATCH", `/Groups/${group.id}`, { body: patchOf(...operations) });
}

/** The plugins that patch, with everything as texts, and read discovery first. */
export const keycloakPatch: Provider = {
  name: "Keycloak plugin, PATCH",
  source: "the plugins’ source code and public issues",
  headers,
  steps: {
    ...keycloakPut.steps,
    connect: readDiscovery,
    match: async ({ wire, person }) => {
      check((await wire.list(`/Users?${filter("userName", person.userName)}`)).total === 0, "somebody was found");
    },
    update: async (talk) => {
      talk.person.familyName = newFamilyName;
      const displayName = `${talk.person.givenName} ${newFamilyName}`;
      await patchUser(
        talk,
        { op: "replace", path: "userName", value: talk.person.userName },
        { op: "replace", path: "displayName", value: displayName },
        { op: "replace", path: "name.familyName", value: newFamilyName },
      );
    },
    deactivate: patchActive(false),
    reactivate: patchActive(true),
    "group rename": async ({ wire, group }) => {
      const value = newGroupName(group.displayName);
      const body = patchOf({ op: "replace", path: "displayName", value });
      await wire.expect([200, 204], "PATCH", `/Groups/${group.id}`, { body });
      group.displayName = value;
    },
    "group add": patchMembers,
    "group remove": patchMembers,
    "group clear": patchMembers,
  },
};
