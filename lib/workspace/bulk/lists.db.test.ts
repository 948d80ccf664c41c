import { beforeEach, describe, expect, test } from "vitest";
import { run, sql } from "@/lib/db";
import {
  addPerson,
  addUnmanaged,
  adminOf,
  eventsOf,
  groupBody,
  mailsTo,
  openWorkspace,
  type TestWorkspace,
} from "@/lib/provisioning/testing/decisions";
import { listMembers } from "@/lib/workspace/members/list";
import { createTeamInApp } from "@/lib/workspace/teams/edit";
import { listTeamMembers } from "@/lib/workspace/teams/teams";
import { setSeatLimit } from "@/lib/workspace/workspaces/settings";
import { exportMembers } from "./export";
import { previewImport, runImport } from "./import";
import { matchPeople } from "./match";
import { readPeople } from "./people-list";

// 11.2: lists in and out.

let ours: TestWorkspace;
beforeEach(async () => {
  ours = await openWorkspace("lists");
});

describe("11.2 a list", () => {
  test.each([
    ["addresses alone", "ada@x.test\nbo@x.test\n", ["ada@x.test", "bo@x.test"]],
    ["a heading", "Email,First name\nada@x.test,Ada", ["ada@x.test"]],
    ["semicolons, as spreadsheets in many countries write them", "E-Mail;Rolle\nada@x.test;x", ["ada@x.test"]],
    ["tabs, as pasted cells have them", "userPrincipalName\tName\nada@x.test\tAda Osei", ["ada@x.test"]],
    ["a byte order mark, empty lines and blanks", "\uFEFFemail\n\n  ada@x.test  \n\n", ["ada@x.test"]],
    ["quoted cells with line breaks", 'name,email\n"Osei,\nAda",ada@x.test', ["ada@x.test"]],
    ["an address that isn't in the first cell", "Ada Osei,ada@x.test", ["ada@x.test"]],
  ])("11.2 is read with %s", (_, text, keys) => {
    expect(readPeople(text).map(({ key }) => key)).toEqual(keys);
  });

  test("11.2 names, roles and teams are read by their headings, with the line of each", () => {
    const text =
      "line,Given Name,Surname,MAIL,Role,Groups\n1,Ada,Osei,ada@x.test,Admin,Sales; Support\n\n2,,,bo@x.test,,";
    expect(readPeople(text)).toEqual([
      { line: 2, key: "ada@x.test", firstName: "Ada", lastName: "Osei", role: "admin", teams: ["Sales", "Support"] },
      { line: 4, key: "bo@x.test", firstName: "", lastName: "", role: "", teams: [] },
    ]);
  });

  test("11.2 that is too long, or no CSV, is refused with the reason", () => {
    expect(() => readPeople(`email\n${"a@x.test\n".repeat(10_001)}`)).toThrow(/at most 10,000 lines/);
    expect(() => readPeople('email\n"never closed')).toThrow(/can't be read as CSV/);
  });
});

describe("11.2 invites from a list", () => {
  test("11.2 each line is judged before anything is sent", async () => {
    await addPerson(ours, `here@${ours.domain}`);
    await createTeamInApp(adminOf(ours), "Sales");
    await ours.scim("POST", "/Groups", groupBody("Pushed"));
    await setSeatLimit(ours.operator, 5);
    const text = [
      "email,role,teams",
      "new@x.test,admin,sales",
      `here@${ours.domain},,`,
      "NEW@x.test,,",
      "nobody,,",
      "two@x.test,owner,",
      "three@x.test,,Nowhere",
      "four@x.test,,Pushed",
      "five@x.test,member,",
    ].join("\n");
    const { invitees, skipped, skippedTotal, freeSeats } = await previewImport(adminOf(ours), text);
    expect(invitees.map(({ line, address, role, teams }) => [line, address, role, teams.length])).toEqual([
      [2, "new@x.test", "admin", 1],
      [9, "five@x.test", "member", 0],
    ]);
    expect(skipped.map(({ line, why }) => [line, why])).toEqual([
      [3, "Already here: Active."],
      [4, "Already on line 2."],
      [5, "Not an email address."],
      [6, "Unknown role owner. Use member or admin."],
      [7, "There is no team Nowhere."],
      [8, "The team Pushed is managed by an identity provider."],
    ]);
    expect({ skippedTotal, freeSeats }).toEqual({ skippedTotal: 6, freeSeats: 3 });
    expect((await listMembers(ours.id, {})).total).toBe(2);
    expect(await mailsTo(ours, "new@x.test")).toEqual([]);
  });

  test("11.2 each person is invited alone, into their teams; without a free seat the others still come", async () => {
    const team = await createTeamInApp(adminOf(ours), "Sales");
    await setSeatLimit(ours.operator, 2);
    const { invitees } = await previewImport(adminOf(ours), "email,teams\na@x.test,Sales\nb@x.test,Sales");
    const { done, refused } = await runImport(adminOf(ours), invitees);
    expect(done).toBe(1);
    expect(refused).toMatchObject([{ line: 3, key: "b@x.test", detail: expect.stringContaining("No free seat") }]);
    expect((await listTeamMembers(ours.id, team, {})).members).toMatchObject([{ email: "a@x.test", state: "invited" }]);
    expect(await mailsTo(ours, "a@x.test")).toEqual(["invite"]);
  });
});

test("11.2 members are found by what a list calls them, and who isn't here is named", async () => {
  const [one, two, three] = [
    await addPerson(ours, `one@${ours.domain}`),
    await addPerson(ours, "two.username", { externalId: "X-2" }),
    await addUnmanaged(ours, `three@${ours.domain}`),
  ];
  const theirs = await openWorkspace("lists");
  const foreign = await addUnmanaged(theirs, `else@${theirs.domain}`);
  const text = ["email", `ONE@${ours.domain}`, "X-2", three, "gone@x.test", foreign].join("\n");
  const { ids, unknown, unknownTotal } = await matchPeople(ours.id, text);
  expect([...ids].sort()).toEqual([one, two, three].sort());
  expect({ unknown, unknownTotal }).toEqual({ unknown: ["gone@x.test", foreign], unknownTotal: 2 });
});

describe("11.2 the export", () => {
  const read = async (format: "csv" | "jsonl", chosen: Parameters<typeof exportMembers>[1]) => {
    let text = "";
    for await (const piece of await exportMembers(adminOf(ours), chosen, format)) text += piece;
    return text;
  };

  test("11.2 has those who match, no formula runs in a spreadsheet, and the audit log knows of it", async () => {
    const id = await addPerson(ours, `lin@${ours.domain}`, {
      displayName: '=HYPERLINK("http://x.test","Lin, ""the"" boss")',
      name: { givenName: "+Lin", familyName: "@Larsson" },
    });
    await addPerson(ours, `bo@${ours.domain}`);
    await ours.scim("POST", "/Groups", groupBody("-Sales", [id]));
    const csv = await read("csv", { filter: { search: "lin" } });
    expect(csv.startsWith("\uFEFFid,userName,email,")).toBe(true);
    expect(csv.trimEnd().split("\n")).toHaveLength(2);
    const [row] = readCsv(csv);
    expect(row).toMatchObject({
      id,
      displayName: `'=HYPERLINK("http://x.test","Lin, ""the"" boss")`,
      firstName: "'+Lin",
      lastName: "'@Larsson",
      teams: "'-Sales",
      source: "Identity provider",
    });
    const [line] = (await read("jsonl", { ids: [id] })).trim().split("\n");
    expect(JSON.parse(line ?? "")).toMatchObject({ id, firstName: "+Lin", teams: ["-Sales"], role: "member" });
    expect(await eventsOf(ours, ours.id)).toEqual(expect.arrayContaining(["members.exported", "members.exported"]));
  });

  test("11.2 comes in pieces, each member once", async () => {
    await run(sql`
      INSERT INTO "Membership" ("workspaceId", id, state, "userName", "userNameKey", "searchText")
      SELECT ${ours.id}::uuid, gen_random_uuid(), 'suspended', 'p' || n, 'p' || n, 'p' || n % 7 FROM generate_series(1, 2500) n`);
    const lines = (await read("jsonl", { filter: { state: "suspended" } })).trim().split("\n");
    expect(new Set(lines.map((line) => JSON.parse(line).id)).size).toBe(2_500);
    expect(lines).toHaveLength(2_500);
  });
});

/** The rows of a CSV text without line breaks in cells, by their headings. */
function readCsv(text: string): Record<string, string>[] {
  const cells = (line: string) =>
    [...line.matchAll(/("(?:[^"]|"")*"|[^,]*)(?:,|$)/g)].map(([, cell = ""]) =>
      cell.startsWith('"') ? cell.slice(1, -1).replaceAll('""', '"') : cell,
    );
  const [heading = "", ...lines] = text.replace("\uFEFF", "").trimEnd().split("\n");
  const names = cells(heading);
  return lines.map((line) => Object.fromEntries(cells(line).map((cell, index) => [names[index] ?? "", cell])));
}
