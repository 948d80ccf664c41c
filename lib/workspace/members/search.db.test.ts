import { describe, expect, test } from "vitest";
import { flushRequestLog } from "@/lib/provisioning/http/request-log";
import {
  addPerson,
  addUnmanaged,
  adminOf,
  guestOf,
  inviteSecret,
  openWorkspace,
  patchBody,
  setTo,
  signIn,
  userIdOf,
} from "@/lib/provisioning/testing/decisions";
import { updateAccount } from "@/lib/workspace/accounts/accounts";
import { acceptInvite } from "@/lib/workspace/invites/accept";
import { listScimRequests } from "@/lib/workspace/log/scim-requests";
import { createTeamInApp, renameTeamInApp } from "@/lib/workspace/teams/edit";
import { listTeams } from "@/lib/workspace/teams/list";
import { listTeamMembers } from "@/lib/workspace/teams/teams";
import { foldForSearch } from "@/lib/workspace/text";
import { listPeople } from "./directory";
import { listMembers } from "./list";

// Names are folded by Muster, in searches too (D-89).

describe("D6 an accent or its absence, and the family name first, find the same people", () => {
  const people: [string, { givenName: string; familyName: string }, string[]][] = [
    [
      "soren",
      { givenName: "Søren", familyName: "Kierkegård" },
      ["soren", "SØREN", "kierkegard", "Kierkegård", "kierkegard soren", "søren kierkegård"],
    ],
    ["ada", { givenName: "Ada", familyName: "Osei" }, ["osei ada", "Ada Osei", "OSEI"]],
    ["jose", { givenName: "José", familyName: "Muñoz" }, ["jose munoz", "muñoz josé", "Jose\u0301"]],
    ["lukasz", { givenName: "Łukasz", familyName: "Żółć" }, ["lukasz", "zolc", "żółć łukasz"]],
    ["jurgen", { givenName: "Jürgen", familyName: "Groß" }, ["jurgen", "gross", "GROSS JÜRGEN", "groß"]],
    ["nguyen", { givenName: "Hiếu", familyName: "Nguyễn" }, ["hieu", "nguyen hieu"]],
    ["ilker", { givenName: "İlker", familyName: "Işık" }, ["ilker", "isik"]],
  ];

  test.each(people)("D6 %s, in the members, in REST and in a team", async (name, given, searches) => {
    const workspace = await openWorkspace("search");
    const id = await addPerson(workspace, `${name[0]}x1@${workspace.domain}`, { name: given });
    await addPerson(workspace, `other@${workspace.domain}`, { name: { givenName: "Zed", familyName: "Quux" } });
    const { body } = await workspace.scim("POST", "/Groups", {
      schemas: ["urn:ietf:params:scim:schemas:core:2.0:Group"],
      displayName: "All",
      members: [{ value: id }],
    });
    for (const search of searches) {
      expect(
        (await listMembers(workspace.id, { search })).members.map((row) => row.id),
        search,
      ).toEqual([id]);
      expect(
        (await listPeople(workspace.id, { search, limit: 5 })).people.map((row) => row.id),
        search,
      ).toEqual([id]);
      expect((await listTeamMembers(workspace.id, String(body.id), { search })).members, search).toHaveLength(1);
    }
  });

  test("D6 by every name that a person has: display name, formatted, userName, and after each is changed", async () => {
    const workspace = await openWorkspace("search");
    const id = await addPerson(workspace, `u1@${workspace.domain}`, {
      displayName: "Zoë Displayed",
      name: { formatted: "Dr. Zoë Formatted" },
    });
    const finds = async (search: string) =>
      (await listMembers(workspace.id, { search })).members.some((row) => row.id === id);
    for (const search of ["zoe displayed", "dr. zoe formatted", "u1@"]) expect(await finds(search), search).toBe(true);
    await workspace.scim("PATCH", `/Users/${id}`, setTo("displayName", "Renée"));
    expect(await finds("zoe displayed")).toBe(false);
    expect(await finds("renee")).toBe(true);
    await workspace.scim(
      "PATCH",
      `/Users/${id}`,
      patchBody({ op: "replace", path: "name", value: { givenName: "Ana", familyName: "Peña" } }),
    );
    expect(await finds("pena ana")).toBe(true);
  });

  test.each([
    [{ displayName: "Ada Osei" }, ["osei ada", "Osei, Ada", "ada  osei"]],
    [{ name: { formatted: "Ada Osei" } }, ["osei ada", "Osei,Ada", "ada\tosei"]],
    [{ name: { givenName: "Ada", familyName: "Osei" } }, ["ada  osei", "Osei, Ada", "osei x1@", "x1 ada"]],
  ])("D6 the words of %j are found in any order, whatever parts them; all of them", async (more, searches) => {
    const workspace = await openWorkspace("find");
    const id = await addPerson(workspace, `x1@${workspace.domain}`, more);
    await addPerson(workspace, `x2@${workspace.domain}`, { displayName: "Ada Quux" });
    const { body } = await workspace.scim("POST", "/Groups", {
      schemas: ["urn:ietf:params:scim:schemas:core:2.0:Group"],
      displayName: "Research, Applied",
      members: [{ value: id }],
    });
    await flushRequestLog();
    for (const search of searches) {
      expect(
        (await listMembers(workspace.id, { search })).members.map((row) => row.id),
        search,
      ).toEqual([id]);
      const { people } = await listPeople(workspace.id, { search, limit: 5 });
      expect(
        people.map((row) => row.id),
        search,
      ).toEqual([id]);
      expect((await listTeamMembers(workspace.id, String(body.id), { search })).total, search).toBe(1);
    }
    const { requests } = await listScimRequests(workspace.id, { search: searches[0] });
    expect(requests).toHaveLength(1);
    expect((await listMembers(workspace.id, { search: "ada nobody" })).total).toBe(0);
    expect((await listTeams(workspace.id, { search: "applied  research" })).total).toBe(1);
    expect((await listTeams(workspace.id, { search: "applied other" })).total).toBe(0);
  });

  test("D6 in-app people are found by the name they gave themselves, everywhere", async () => {
    const [workspace, other] = [await openWorkspace("search"), await openWorkspace("search")];
    const address = guestOf(workspace);
    await addUnmanaged(workspace, address, "invited");
    await acceptInvite(await inviteSecret(workspace, address), { firstName: "Renée", lastName: "Née" });
    await addUnmanaged(other, address);
    await signIn(address);
    await updateAccount(await userIdOf(address), { firstName: "Frédéric", lastName: "Béchamel" });
    for (const each of [workspace, other]) {
      expect((await listMembers(each.id, { search: "bechamel frederic" })).total).toBe(1);
      expect((await listMembers(each.id, { search: "renee" })).total).toBe(0);
    }
  });

  test("D6 the request log, by whom a change was about", async () => {
    const workspace = await openWorkspace("search");
    const id = await addPerson(workspace, `s1@${workspace.domain}`, {
      name: { givenName: "Søren", familyName: "Žižka" },
    });
    await addPerson(workspace, `other@${workspace.domain}`, { name: { givenName: "Zed", familyName: "Quux" } });
    await workspace.scim("PATCH", `/Users/${id}`, setTo("title", "T"));
    await flushRequestLog();
    for (const search of ["soren", "zizka søren", "Søren Žižka"]) {
      const { requests } = await listScimRequests(workspace.id, { search });
      expect(
        requests.map(({ method }) => method),
        search,
      ).toEqual(["PATCH", "POST"]);
    }
  });

  test("D6 teams, by the name they were given and by the next one", async () => {
    const workspace = await openWorkspace("search");
    const team = await createTeamInApp(adminOf(workspace), "Équipe Ingénierie");
    expect((await listTeams(workspace.id, { search: "equipe" })).total).toBe(1);
    await renameTeamInApp(adminOf(workspace), team, "Smørrebrød");
    expect((await listTeams(workspace.id, { search: "smorrebrod" })).total).toBe(1);
    expect((await listTeams(workspace.id, { search: "equipe" })).total).toBe(0);
  });

  test("D6 what means something to LIKE means nothing here", async () => {
    const workspace = await openWorkspace("search");
    await addPerson(workspace, `p1@${workspace.domain}`, { displayName: "50%_off\\" });
    for (const [search, total] of [
      ["%", 1],
      ["_", 1],
      ["50%_off\\", 1],
      ["5_%", 0],
    ] as const)
      expect((await listMembers(workspace.id, { search })).total, search).toBe(total);
  });

  test("D6 folding is the same whatever it was folded to before", () => {
    for (const text of ["Søren", "İlker Işık", "Straße", "ﬁne", "Ａｄａ", "Ñandú", "Œuvre", "Þór"]) {
      expect(foldForSearch(foldForSearch(text))).toBe(foldForSearch(text));
      expect(foldForSearch(text)).toMatch(/^[a-z ]+$/);
    }
  });
});
