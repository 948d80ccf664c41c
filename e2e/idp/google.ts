import { importByIndex, newFamilyName, notSent, type Provider, patchOf, type Sent, urn } from "./support/conversation";
import { check, isList, type Json } from "./support/wire";

// Google Workspace as a client, from its documentation and public issues. It makes its mapping from the live schemas, names a schema
// of SCIM 1.1 beside the right one, and deletes up to weeks after it suspended, or without having suspended at all.

const userOnly = notSent("Most of Google’s catalogue apps have users only");

/** Reads /Schemas as the mapping page does: its flags decide what may be mapped. */
const connect: Sent = async ({ wire }) => {
  const { resources } = await wire.list("/Schemas");
  const user = resources.find(({ id }) => id === urn.user);
  const attributes = (user?.attributes ?? []) as Json[];
  const named = (name: string) => attributes.find((attribute) => attribute.name === name);
  check(named("userName")?.required === true, "userName is not required");
  check(named("emails")?.multiValued === true, "emails are not multi-valued");
  check(named("groups")?.mutability === "readOnly", "groups are not read-only");
  check(!attributes.some(({ name }) => name === "password"), "a password is declared");
  await wire.list("/Users");
};

const activate =
  (active: boolean): Sent =>
  async ({ wire, person }) => {
    const body = patchOf({ op: "replace", path: "active", value: active });
    const answer = await wire.expect([200, 204], "PATCH", `/Users/${person.id}`, { body });
    if (answer.status === 200) check(answer.body.active === active, "active did not change");
  };

export const google: Provider = {
  name: "Google Workspace",
  source: "its documentation and public issues",
  headers: { accept: "application/scim+json", "content-type": "application/scim+json; charset=UTF-8" },
  low: ["update", "deactivate", "reactivate"],
  steps: {
    connect,
    match: async ({ wire, person }) => {
      const { resources } = await wire.list("/Users?startIndex=1&count=100");
      check(!resources.some(({ userName }) => userName === person.userName), "somebody was found");
    },
    create: async ({ wire, person }) => {
      const body = {
        schemas: ["urn:scim:schemas:core:1.0", urn.user],
        userName: person.userName,
        name: { givenName: person.givenName, familyName: person.familyName },
        emails: [{ value: person.userName, type: "work", primary: true }],
        active: true,
      };
      const answer = await wire.expect(201, "POST", "/Users", { body });
      check(isList(answer.body.schemas, urn.user), "the core schema is not named");
      check(!isList(answer.body.schemas, "urn:scim:schemas:core:1.0"), "a schema that is not known came back");
      person.id = String(answer.body.id);
    },
    update: async ({ wire, person }) => {
      const body = patchOf({ op: "replace", path: "name.familyName", value: newFamilyName });
      await wire.expect([200, 204], "PATCH", `/Users/${person.id}`, { body });
      person.familyName = newFamilyName;
    },
    deactivate: activate(false),
    reactivate: activate(true),
    delete: async ({ wire, person }) => {
      await wire.expect(204, "DELETE", `/Users/${person.id}`);
    },
    "group create": userOnly,
    "group rename": userOnly,
    "group add": userOnly,
    "group remove": userOnly,
    "group clear": userOnly,
    "group delete": userOnly,
    import: importByIndex(100, ["users"]),
  },
};
