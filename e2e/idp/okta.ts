import {
  filter,
  importByIndex,
  newFamilyName,
  newGroupName,
  notSent,
  type Person,
  type Provider,
  patchOf,
  type Sent,
  type Talk,
  urn,
} from "./support/conversation";
import { type Answer, check, checkError, type Json, type Wire } from "./support/wire";

// Okta, from its documentation and its public test suites. The catalogue app patches what it can, the custom app puts everything.

const headers = {
  "user-agent": "Okta SCIM Client 1.0.0",
  accept: "application/scim+json",
  "accept-charset": "utf-8",
  "content-type": "application/scim+json; charset=utf-8",
  "accept-encoding": "gzip",
};

/** Base attributes that Okta demands on every read. */
function checkUser(body: Json, { userName }: Pick<Person, "userName">): void {
  check(body.userName === userName, `userName is ${JSON.stringify(body.userName)}`);
  check(typeof body.id === "string" && body.id !== "", "no id");
  check(typeof body.active === "boolean", "active is no boolean");
  const emails = body.emails as Json[];
  check(
    Array.isArray(emails) && emails.filter(({ primary }) => primary === true).length === 1,
    "not one primary e-mail",
  );
  check(!("password" in body), "a password came back");
}

function profileOf({ userName, givenName, familyName }: Person): Json {
  return {
    schemas: [urn.user],
    userName,
    name: { givenName, familyName },
    emails: [{ primary: true, value: userName, type: "work" }],
    displayName: `${givenName} ${familyName}`,
    locale: "en-US",
    externalId: `00u${userName.replace(/\W/g, "").slice(0, 17)}`,
    groups: [],
    password: "x7Kq-generated-0",
    active: true,
  };
}

const connect: Sent = async ({ wire }) => {
  await wire.list("/Users?startIndex=1&count=2");
  await wire.list("/Groups?startIndex=1&count=100");
};

const match: Sent = async ({ wire, person }) => {
  const { total, resources } = await wire.list(`/Users?${filter("userName", person.userName)}&startIndex=1&count=100`);
  check(total === 0 && resources.length === 0, "somebody was found who is not there");
};

const create: Sent = async (talk) => {
  const { wire, person } = talk;
  const { body } = await wire.expect(201, "POST", "/Users", { body: profileOf(person) });
  checkUser(body, person);
  person.id = String(body.id);
  const again = await wire.expect(409, "POST", "/Users", { body: profileOf(person) });
  checkError(again);
  check(again.body.scimType === "uniqueness", "a duplicate is not told apart");
};

/** GET, then PUT of all that came back, with what changed. */
async function put({ wire, person }: Talk, change: Json): Promise<Answer> {
  const { body } = await wire.expect(200, "GET", `/Users/${person.id}`);
  const answer = await wire.expect(200, "PUT", `/Users/${person.id}`, { body: { ...body, ...change } });
  checkUser(answer.body, person);
  return answer;
}

const update: Sent = async (talk) => {
  const { person } = talk;
  const { body } = await put(talk, { name: { givenName: person.givenName, familyName: newFamilyName } });
  check((body.name as Json).familyName === newFamilyName, "the name did not change");
  person.familyName = newFamilyName;
};

const activate =
  (active: boolean): Sent =>
  async ({ wire, person }) => {
    const body = patchOf({ op: "replace", value: { active } });
    const answer = await wire.expect([200, 204], "PATCH", `/Users/${person.id}`, { body });
    if (answer.status === 200) check(answer.body.active === active, "active did not change");
    const read = await wire.expect(200, "GET", `/Users/${person.id}`);
    check(read.body.active === active, "an inactive user must stay readable, and read as inactive");
  };

const createGroup: Sent = async ({ wire, group }) => {
  const body = { schemas: [urn.group], displayName: group.displayName, members: [] };
  group.id = String((await wire.expect(201, "POST", "/Groups", { body })).body.id);
};

/** The name alone, with the id beside it; also sent with each change of members. */
async function rename({ wire, group }: Talk, displayName: string): Promise<void> {
  const body = patchOf({ op: "replace", value: { id: group.id, displayName } });
  await wire.expect([200, 204], "PATCH", `/Groups/${group.id}`, { body });
}

/** Removals and additions in one PATCH. */
async function patchMembers(talk: Talk): Promise<void> {
  const { wire, group, members } = talk;
  await rename(talk, group.displayName);
  const gone = members.before.filter((id) => !members.after.includes(id));
  const come = members.after.filter((id) => !members.before.includes(id));
  const operations = gone.map((id): Json => ({ op: "remove", path: `members[value eq "${id}"]` }));
  if (come.length > 0) {
    operations.push({ op: "add", path: "members", value: come.map((value) => ({ value, display: "somebody" })) });
  }
  await wire.expect([200, 204], "PATCH", `/Groups/${group.id}`, { body: patchOf(...operations) });
}

const deleteGroup: Sent = async ({ wire, group }) => {
  await wire.expect(204, "DELETE", `/Groups/${group.id}`);
};

const neverDeletes = notSent("Okta never deletes users, it deactivates them");

/** An app of the catalogue (OIN): PATCH where it can be, PUT for profiles. */
export const oktaCatalogue: Provider = {
  name: "Okta, catalogue app",
  source: "its documentation and public test suites",
  headers,
  steps: {
    connect,
    match,
    create,
    update,
    deactivate: activate(false),
    reactivate: activate(true),
    "group create": createGroup,
    "group rename": async (talk) => {
      const next = newGroupName(talk.group.displayName);
      await rename(talk, next);
      talk.group.displayName = next;
    },
    "group add": patchMembers,
    "group remove": patchMembers,
    "group clear": async ({ wire, group }) => {
      const body = patchOf({ op: "replace", path: "members", value: [] });
      await wire.expect([200, 204], "PATCH", `/Groups/${group.id}`, { body });
    },
    "group delete": deleteGroup,
    import: importByIndex(100),
    delete: neverDeletes,
  },
};

const putActive =
  (active: boolean): Sent =>
  async (talk) => {
    const { body } = await put(talk, { active });
    check(body.active === active, "active did not change");
  };

async function putGroup({ wire, group, members }: Talk): Promise<void> {
  const body = {
    schemas: [urn.group],
    id: group.id,
    displayName: group.displayName,
    members: members.after.map((value) => ({ value, display: "somebody" })),
  };
  await wire.expect(200, "PUT", `/Groups/${group.id}`, { body });
}

/** A custom app (AIW): everything by PUT. */
export const oktaCustom: Provider = {
  name: "Okta, custom app",
  source: "its documentation of custom apps",
  headers,
  steps: {
    ...oktaCatalogue.steps,
    deactivate: putActive(false),
    reactivate: putActive(true),
    "group rename": async (talk) => {
      talk.group.displayName = newGroupName(talk.group.displayName);
      await putGroup(talk);
    },
    "group add": putGroup,
    "group remove": putGroup,
    "group clear": putGroup,
  },
};

/** Okta's public SPEC suite, twelve requests and what each asserts. */
export async function runSpecSuite(wire: Wire, domain: string): Promise<void> {
  const suite = wire.with({
    "user-agent": "OKTA SCIM Integration",
    accept: "application/scim+json; charset=utf-8",
    "content-type": "application/json",
  });
  const checkFields = (body: Json) => {
    const name = body.name as Json;
    check(
      [body.id, name.familyName, name.givenName, body.userName].every(
        (value) => typeof value === "string" && value !== "",
      ),
      "a field is missing",
    );
    check(body.active !== undefined && (body.emails as Json[])[0]?.value !== undefined, "active or emails are missing");
  };
  const first = await suite.list("/Users?count=1&startIndex=1"); // 1
  const [seeded] = first.resources;
  if (!seeded) throw new Error("the suite needs a user that is there");
  checkFields(seeded);
  const read = await suite.expect(200, "GET", `/Users/${seeded.id}`); // 2
  checkFields(read.body);
  check(read.body.id === seeded.id, "another user came");
  const nobody = `nobody-${domain}`;
  check((await suite.list(`/Users?filter=userName%20eq%20"${nobody}"`)).total === 0, "3: somebody was found"); // 3
  checkError(await suite.expect(404, "GET", "/Users/010101001010101011001010101011")); // 4
  check(
    (await suite.list(`/Users?filter=${encodeURIComponent(`userName eq "${nobody}@example.org"`)}`)).total === 0,
    "5: somebody was found",
  ); // 5
  const body = {
    schemas: [urn.user],
    userName: `runscope@${domain}`,
    name: { givenName: "Run", familyName: "Scope" },
    emails: [{ primary: true, value: `runscope300@${domain}`, type: "work" }],
    displayName: "Run Scope",
    active: true,
  };
  const created = await suite.expect(201, "POST", "/Users", { body }); // 6
  check(created.body.active === true && created.body.userName === body.userName, "6: not what was sent");
  check((created.body.schemas as string[]).includes(urn.user), "6: no core schema");
  const again = await suite.expect(200, "GET", `/Users/${created.body.id}`); // 7
  check(
    again.body.userName === body.userName && (again.body.name as Json).familyName === "Scope",
    "7: not what was sent",
  );
  const emails = [{ primary: true, value: body.userName, type: "work" }];
  checkError(await suite.expect(409, "POST", "/Users", { body: { ...body, emails } })); // 8
  const upper = await suite.list(`/Users?${filter("userName", body.userName.toUpperCase())}`); // 9
  check(upper.total === 1, "9: RFC 7643 §4.1.1 userName is not case-exact");
  await suite.list("/Groups"); // 10
  const badToken = await suite
    .with({ authorization: "non-token" })
    .expect(401, "GET", `/Users?${filter("userName", nobody)}`); // 11
  checkError(badToken);
  checkError(await suite.expect(404, "GET", "/Users/00919288221112222")); // 12
}

/** Okta's public CRUD suite: a life of one user, by the catalogue app's requests; the id never changes. */
export async function runCrudSuite(talk: Talk): Promise<void> {
  const { wire, person } = talk;
  await create(talk);
  const found = await wire.list(`/Users?${filter("userName", person.userName)}`);
  check(found.total === 1 && found.resources[0]?.id === person.id, "the new user is not found by userName");
  await update(talk);
  for (const active of [false, true, false]) {
    await activate(active)(talk);
    const { body } = await wire.expect(200, "GET", `/Users/${person.id}`);
    check(body.id === person.id && body.active === active, "the user is not what they should be");
  }
}
