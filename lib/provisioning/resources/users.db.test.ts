import { expect, test } from "vitest";
import { adapters } from "@/lib/provisioning/testing/adapters";
import { openWorkspace, userBody } from "@/lib/provisioning/testing/fixtures";
import fc from "@/scripts/testing/fast-check";

const enterprise = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

/** What could be taken for JSON of ours in the text that the database has of a person. */
const tricky = fc.constantFrom(
  "",
  '"manager": {"value": "00000000-0000-7000-8000-000000000001"}',
  `"${enterprise}": {"department": "x"}`,
  '\\"manager\\": {',
  "},{",
  "\\",
  "\n\t\u0001\u2028",
  "Zoë 🙂",
  "</script>",
  "$1 $& $$",
);

test("a person that is joined from the database's text is the same as one that is read", async () => {
  const workspace = await openWorkspace("joined");
  const { scim } = workspace;
  const boss = await scim("POST", "/Users", userBody(`boss@${workspace.domain}`));
  const managers = fc.constantFrom(String(boss.body.id), "m1", "00000000-0000-7000-8000-00000000000G");
  const people = fc.record(
    {
      title: tricky,
      displayName: tricky,
      externalId: tricky,
      name: fc.record({ givenName: tricky, familyName: tricky }, { noNullPrototype: true }),
      emails: fc.array(fc.record({ value: tricky, type: tricky }, { noNullPrototype: true }), { maxLength: 2 }),
      active: fc.boolean(),
      [enterprise]: fc.record(
        { department: tricky, manager: managers.map((value) => ({ value })) },
        { requiredKeys: [], noNullPrototype: true },
      ),
    },
    { requiredKeys: [], noNullPrototype: true },
  );
  const ids: string[] = [];
  for (const [at, person] of fc.sample(people, 60).entries()) {
    const { status, body } = await scim("POST", "/Users", userBody(`p"${at}\\@${workspace.domain}`, person));
    expect(status, JSON.stringify(body)).toBe(201);
    ids.push(String(body.id));
  }
  const team = { displayName: 'A "team" \\', members: ids.slice(0, 9).map((value) => ({ value })) };
  const group = await scim("POST", "/Groups", team);
  for (const [, open] of adapters) {
    const client = open(workspace.token.secret);
    const [joined, read] = [await client("GET", "/Users"), await client("GET", "/Users?excludedAttributes=photos")];
    expect(joined.body.totalResults).toBe(62);
    expect(joined.body).toEqual(read.body);
    const path = `/Groups/${group.body.id}`;
    const whole = await client("GET", path);
    expect(whole.body.members).toHaveLength(9);
    expect(whole.body).toEqual((await client("GET", `${path}?excludedAttributes=externalId`)).body);
    for (const id of ids.slice(0, 20)) {
      const one = await client("GET", `/Users/${id}`);
      expect(one.body).toEqual((await client("GET", `/Users/${id}?excludedAttributes=photos`)).body);
    }
  }
});
