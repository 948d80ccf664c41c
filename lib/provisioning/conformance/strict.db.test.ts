import { readFileSync } from "node:fs";
import { beforeAll, describe, expect, test } from "vitest";
import { adapters, type ScimClient } from "@/lib/provisioning/testing/adapters";
import { openWorkspace, patchBody, type TestWorkspace, userBody } from "@/lib/provisioning/testing/fixtures";
import { updateSettings } from "@/lib/workspace/workspaces/settings";
import { type Body, expectError, type Resource, urn } from "./support";

// The strict profile (C5, C6, D-75) beside the lenient one (D-71), in what RFC 7644 leaves open and what it allows.

type Profile = { scim: ScimClient; workspace: TestWorkspace };

describe.each(adapters)("%s", (_, open) => {
  let lenient: Profile;
  let strict: Profile;
  let people = 0;

  async function openProfile(strictProfile: boolean): Promise<Profile> {
    const workspace = await openWorkspace(strictProfile ? "strict" : "lenient");
    await updateSettings(workspace.operator, { strictProfile });
    return { workspace, scim: open(workspace.token.secret) };
  }

  beforeAll(async () => {
    [lenient, strict] = [await openProfile(false), await openProfile(true)];
  });

  const named = ({ workspace }: Profile, more: Body = {}) => userBody(`p${++people}@${workspace.domain}`, more);

  async function make(profile: Profile, more: Body = {}): Promise<string> {
    const { status, body } = await profile.scim("POST", "/Users", named(profile, more));
    expect(status, JSON.stringify(body)).toBe(201);
    return `/Users/${body.id}`;
  }

  async function patch(profile: Profile, path: string, ...operations: Body[]) {
    return profile.scim("PATCH", path, patchBody(...operations));
  }

  test("E10, P4 what RFC 7644 allows stays allowed: operations without a path, merging, whole elements, one path twice", async () => {
    const emails = [{ value: "a@x.test", type: "work" }];
    for (const profile of [lenient, strict]) {
      for (const op of ["add", "replace"]) {
        const path = await make(profile, { name: { givenName: "Ada", familyName: "Lovelace" }, emails });
        const plain = await patch(profile, path, { op, value: { title: "Dr", active: false } });
        expect(plain.body).toMatchObject({ title: "Dr", active: false });
        const merged = await patch(profile, path, { op, path: "name", value: { familyName: "Byron" } });
        expect(merged.body.name).toEqual({ givenName: "Ada", familyName: "Byron" });
        const whole = { op, path: 'emails[type eq "work"]', value: { value: "b@x.test" } };
        expect((await patch(profile, path, whole)).body.emails).toEqual([{ value: "b@x.test", type: "work" }]);
        const twice = ["1", "2"].map((value) => ({ op, path: "title", value }));
        expect((await patch(profile, path, ...twice)).body.title).toBe("2");
      }
      const path = await make(profile, { emails });
      const removed = await patch(profile, path, { op: "remove", path: 'emails[type eq "work"]' });
      expect(removed.body).not.toHaveProperty("emails");
    }
  });

  test("E10 a refusal of the strict profile says so, and README lists what it refuses", async () => {
    const path = await make(strict);
    const refused = [
      await strict.scim("POST", "/Users", named(strict, { nonsense: 1 })),
      await patch(strict, path, { op: "replace", path: "nonsense", value: 1 }),
      await strict.scim("POST", "/Users", named(strict, { active: "False" })),
      await strict.scim(
        "POST",
        "/Users",
        named(strict, { emails: [1, 2].map((n) => ({ value: `${n}`, primary: true })) }),
      ),
      await strict.scim("POST", "/Users", named(strict, { schemas: undefined })),
      await patch(strict, path, { op: "replace", path: 'emails[type eq "work"].value', value: "x" }),
      await patch(strict, path),
    ];
    for (const { status, body } of refused) {
      expect(status).toBe(400);
      expect(body.detail).toContain("strict profile");
    }
    const page = readFileSync("docs/scim.md", "utf8");
    const section = page.split(/^## /m).find((part) => part.startsWith("Strict profile"));
    for (const words of [
      "unknown attributes",
      "primary",
      "`schemas`",
      "matches nothing",
      "without operations",
      "text where",
    ])
      expect(section).toContain(words);
  });

  test("C5 unknown attributes and URNs are ignored and noted, or 400, in POST, PUT and PATCH", async () => {
    const path = await make(lenient);
    const strictPath = await make(strict);
    const bodies: Body[] = [
      { nonsense: 1 },
      { name: { nonsense: 1 } },
      { schemas: [urn.user, "urn:scim:schemas:core:1.0"] },
      { "urn:x:y": {} },
    ];
    for (const more of bodies) {
      expect((await lenient.scim("POST", "/Users", named(lenient, more))).status).toBe(201);
      expectError(await strict.scim("POST", "/Users", named(strict, more)), 400, "invalidSyntax");
      expect((await lenient.scim("PUT", path, named(lenient, more))).status).toBe(200);
      expectError(await strict.scim("PUT", strictPath, named(strict, more)), 400, "invalidSyntax");
    }
    const operation = { op: "replace", path: "nonsense", value: 1 };
    expect((await patch(lenient, path, operation)).status).toBe(200);
    expectError(await patch(strict, strictPath, operation), 400, "invalidPath");
  });

  test("P1 an empty list of operations changes nothing, or is invalidSyntax", async () => {
    expect((await patch(lenient, await make(lenient))).status).toBe(200);
    expectError(await patch(strict, await make(strict)), 400, "invalidSyntax");
  });

  test("P12 a replace whose filter matches nothing makes the element, or is noTarget; literals count as they are typed", async () => {
    const operation = { op: "replace", path: 'emails[type eq "work"].value', value: "w@x.test" };
    expect((await patch(lenient, await make(lenient), operation)).body.emails).toEqual([
      { type: "work", value: "w@x.test" },
    ]);
    expectError(await patch(strict, await make(strict), operation), 400, "noTarget");
    const add = { ...operation, op: "add" };
    expect((await patch(strict, await make(strict), add)).body.emails).toEqual([{ type: "work", value: "w@x.test" }]);
  });

  test("W12 an extension whose URN is not listed is added to schemas, or invalidSyntax, as is a body without the core URN", async () => {
    const more = { [urn.enterprise]: { department: "R" } };
    const { body } = await lenient.scim("POST", "/Users", named(lenient, more));
    expect(body.schemas).toEqual([urn.user, urn.enterprise]);
    expectError(await strict.scim("POST", "/Users", named(strict, more)), 400, "invalidSyntax");
    const listed = { ...named(strict, more), schemas: [urn.enterprise, urn.user] };
    expect((await strict.scim("POST", "/Users", listed)).status).toBe(201);
    expect((await lenient.scim("POST", "/Users", named(lenient, { schemas: undefined }))).status).toBe(201);
    expectError(await strict.scim("POST", "/Users", named(strict, { schemas: undefined })), 400, "invalidSyntax");
  });

  test("W13 values of another type are read as the type, or are invalidValue", async () => {
    const values: Body[] = [
      { active: "False" },
      { title: 5 },
      { emails: [{ value: "a@x.test", primary: "True" }] },
      { roles: ["member"] },
      { [urn.enterprise]: { manager: "m1" }, schemas: [urn.user, urn.enterprise] },
    ];
    for (const more of values) {
      expect((await lenient.scim("POST", "/Users", named(lenient, more))).status, JSON.stringify(more)).toBe(201);
      expectError(await strict.scim("POST", "/Users", named(strict, more)), 400, "invalidValue");
    }
    const operation = { op: "replace", path: "active", value: "False" };
    expect((await patch(lenient, await make(lenient), operation)).body.active).toBe(false);
    const strictPath = await make(strict);
    expectError(await patch(strict, strictPath, operation), 400, "invalidValue");
    expect((await patch(strict, strictPath, { ...operation, value: false })).body.active).toBe(false);
  });

  test("W15 of two primary values the later one counts, or they are invalidValue", async () => {
    const emails = [
      { value: "a@x.test", primary: true },
      { value: "b@x.test", primary: true },
    ];
    const { body } = await lenient.scim("POST", "/Users", named(lenient, { emails }));
    expect((body.emails as Body[]).map(({ primary }) => primary)).toEqual([false, true]);
    expectError(await strict.scim("POST", "/Users", named(strict, { emails })), 400, "invalidValue");
  });

  test("C5, C6 what both take alike: PUT, remove of listed members, a password that is ignored, op in any case, If-Match, Bulk", async () => {
    for (const profile of [lenient, strict]) {
      const { scim } = profile;
      const [one, two] = [await make(profile, { password: "x" }), await make(profile)];
      const ids = [one, two].map((path) => path.split("/").at(-1));
      const members = ids.map((value) => ({ value }));
      const group = { schemas: [urn.group], displayName: `G${++people}`, members };
      const made = await scim("POST", "/Groups", group);
      const path = `/Groups/${made.body.id}`;
      const removed = await patch(profile, path, { op: "Remove", path: "members", value: [{ value: ids[0] }] });
      expect((removed.body.members as Body[]).map(({ value }) => value)).toEqual([ids[1]]);
      const user = (await scim("GET", one)).body as Resource;
      expect(user).not.toHaveProperty("password");
      expect((await scim("PUT", one, user)).body).toEqual(user);
      expect((await scim("PUT", one, user, { "if-match": 'W/"9"' })).status).toBe(412);
      const bulk = {
        schemas: ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"],
        Operations: [{ method: "DELETE", path: one }],
      };
      expect((await scim("POST", "/Bulk", bulk)).body.Operations).toMatchObject([{ status: "204" }]);
    }
  });

  test("C5 the switch counts from the very next request on", async () => {
    const { workspace, scim } = await openProfile(false);
    const body = () => userBody(`s${++people}@${workspace.domain}`, { nonsense: 1 });
    for (const strictProfile of [false, true, false]) {
      await updateSettings(workspace.operator, { strictProfile });
      expect((await scim("POST", "/Users", body())).status).toBe(strictProfile ? 400 : 201);
    }
  });
});
