import { createHash } from "node:crypto";

/** A role of the application, as an administrator assigns it. */
export type AppRole = { id: string; value: string; displayName: string };

/** A person of the source directory; `id` is the object id, a lower-case GUID. */
export type EntraUser = {
  id: string;
  userPrincipalName: string;
  mail: string;
  mailNickname: string;
  displayName: string;
  givenName: string;
  surname: string;
  jobTitle: string | null;
  department: string | null;
  employeeId: string | null;
  preferredLanguage: string | null;
  telephoneNumber: string | null;
  mobile: string | null;
  streetAddress: string | null;
  city: string | null;
  postalCode: string | null;
  country: string | null;
  office: string | null;
  /** Object id of the manager. */
  manager: string | null;
  appRoles: AppRole[];
  accountEnabled: boolean;
  assigned: boolean;
  softDeleted: boolean;
};

export type EntraGroup = { id: string; displayName: string; assigned: boolean; members: string[] };

export type Directory = { users: Map<string, EntraUser>; groups: Map<string, EntraGroup> };

const given =
  "Ada Lin Mateo Søren Zoë Amara Kenji Priya Björn Chloé Dmitri Elif Fatima Goran Hana Ivo Jun Kofi Léa Mina".split(
    " ",
  );
const family =
  "Osei Okafor Müller O'Brien Nakamura Silva Åberg Dubois Novák García Petrov Yilmaz Haddad Kovač Sato Costa Park Mensah Moreau Rossi".split(
    " ",
  );
const titles = ["Accountant", "Engineer", "Designer", "Analyst", null];
const departments = ["Ledger", "Research & Development", "Sales", null];
const cities = [
  ["Leeds", "LS1 4AP", "United Kingdom"],
  ["Kraków", "31-000", "Poland"],
  ["São Paulo", "01000-000", "Brazil"],
] as const;

/** A GUID that is always the same for the same words, so that a directory can be made again. */
function guid(...words: (string | number)[]): string {
  const hex = createHash("sha256").update(words.join("\0")).digest("hex");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20, 32)].join("-");
}

function pick<Item>(items: readonly Item[], index: number): Item {
  const item = items[index % items.length];
  if (item === undefined) throw new Error("an empty list has nothing to pick");
  return item;
}

function ascii(name: string): string {
  return name
    .normalize("NFD")
    .replace(/[^A-Za-z]/g, "")
    .toLowerCase();
}

/** Every `step`-th person has the value, the others have none: real directories are full of holes. */
function every<Value>(step: number, index: number, value: Value): Value | null {
  return index % step === 0 ? value : null;
}

export function makeUser(domain: string, index: number): EntraUser {
  const first = pick(given, index);
  const last = pick(family, Math.floor(index / given.length) + index);
  const nickname = `${ascii(first)}.${ascii(last)}${index}`;
  const [city, postalCode, country] = pick(cities, index);
  const manager = index > 3 ? every(3, index + 2, guid(domain, "user", Math.floor(index / 3))) : null;
  return {
    id: guid(domain, "user", index),
    userPrincipalName: `${nickname}@${domain}`,
    mail: `${nickname}@${domain}`,
    mailNickname: nickname,
    displayName: `${first} ${last}`,
    givenName: first,
    surname: last,
    jobTitle: pick(titles, index),
    department: pick(departments, index),
    employeeId: every(2, index, String(80_000 + index)),
    preferredLanguage: every(2, index, "en-GB"),
    telephoneNumber: every(3, index, `+44 20 7946 ${String(index).padStart(4, "0")}`),
    mobile: every(5, index, `+44 7700 ${String(900_000 + index)}`),
    streetAddress: every(2, index, `${index} High Street`),
    city: every(2, index, city),
    postalCode: every(2, index, postalCode),
    country: every(2, index, country),
    office: every(6, index, `Room ${index}`),
    manager,
    appRoles: [],
    accountEnabled: true,
    assigned: true,
    softDeleted: false,
  };
}

function coprime(number: number, least: number): number {
  const divisor = (a: number, b: number): number => (b === 0 ? a : divisor(b, a % b));
  for (let candidate = least; ; candidate++) if (divisor(candidate, number) === 1) return candidate;
}

/**
 * How many people a group has that is assigned to one application. Sizes fall as they do in real directories, few large groups and a
 * long tail: the k-th has half of the people divided by k, a tenth of them at most, and three at least. With 10,000 people and
 * 100 groups that is 1,000 people in each of the first five, 100 in the fiftieth, and about 20,000 memberships: two for each person.
 */
function groupSize(users: number, index: number): number {
  const most = Math.max(Math.floor(users / 10), Math.min(users, 5));
  return Math.min(most, Math.max(3, Math.round((0.5 * users) / (index + 1))));
}

/** Each group takes its people in strides of its own, so that groups overlap. */
function makeGroup(domain: string, people: EntraUser[], index: number): EntraGroup {
  const stride = coprime(people.length, 2 * index + 3);
  const members = Array.from({ length: groupSize(people.length, index) }, (_, position) =>
    pick(people, index * index * 31 + index * 17 + position * stride),
  );
  return {
    id: guid(domain, "group", index),
    displayName: `${pick(["Ledger", "Platform", "Sales", "People"], index)} Team ${index + 1}`,
    assigned: true,
    members: members.map(({ id }) => id),
  };
}

/** Users and groups of a domain, the same each time. */
export function makeDirectory(domain: string, users: number, groups: number): Directory {
  const people = Array.from({ length: users }, (_, index) => makeUser(domain, index));
  const teams =
    people.length === 0 ? [] : Array.from({ length: groups }, (_, index) => makeGroup(domain, people, index));
  return {
    users: new Map(people.map((user) => [user.id, user])),
    groups: new Map(teams.map((team) => [team.id, team])),
  };
}

/** Entra's `IsSoftDeleted`: unassigned, deleted, or disabled. */
export function isSoftDeleted(user: EntraUser): boolean {
  return !user.assigned || user.softDeleted || !user.accountEnabled;
}

/** The name of a deleted user: 32 hex digits before the old one. */
export function currentUpn(user: EntraUser): string {
  return user.softDeleted ? `${user.id.replaceAll("-", "")}${user.userPrincipalName}` : user.userPrincipalName;
}
