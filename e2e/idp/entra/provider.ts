import {
  newFamilyName,
  newGroupName,
  notSent,
  type Provider,
  type Sent,
  type Talk,
} from "@/e2e/idp/support/conversation";
import { Wire } from "./connector/wire";
import type { Directory, EntraGroup, EntraUser } from "./directory";
import { Job } from "./job";
import { defaultKnobs, type Knobs } from "./knobs";
import { makeGuest } from "./scenarios/scenarios";

// Entra's steps in the table of all providers; its own scenarios (S1–S22) are in scenarios.ts.

/** The source directory and the job of a conversation, kept between its steps. */
type Tenant = { job: Job; directory: Directory; wire: Wire };

function tenantOf(talk: Talk, knobs: Knobs): Tenant {
  const known = talk.memory.get("entra") as Tenant | undefined;
  if (known) return known;
  const token = String(talk.wire.header("authorization")).replace(/^Bearer /, "");
  const wire = new Wire(talk.wire.base, token, knobs.flag);
  const made = { job: new Job(wire, knobs), directory: { users: new Map(), groups: new Map() }, wire };
  talk.memory.set("entra", made);
  return made;
}

const nicknameOf = (userName: string) => userName.split("@")[0] ?? "";

function userOf({ directory }: Tenant, talk: Talk): EntraUser {
  const { person, domain } = talk;
  const known = directory.users.get(person.userName);
  if (known) return known;
  const names = { givenName: person.givenName, surname: person.familyName, nickname: nicknameOf(person.userName) };
  const user = { ...makeGuest(domain, names), id: person.userName };
  directory.users.set(user.id, user);
  return user;
}

function groupOf({ directory }: Tenant, { group }: Talk): EntraGroup {
  const [known] = directory.groups.values();
  if (known) return known;
  const made = {
    id: "0b0f5b1e-0000-4000-8000-00000000e47a",
    displayName: group.displayName,
    assigned: true,
    members: [],
  };
  directory.groups.set(made.id, made);
  return made;
}

function provider(name: string, knobs: Knobs): Provider {
  /** A change of the person in the directory, provisioned as the next cycle does it. */
  const change =
    (apply: (user: EntraUser) => void): Sent =>
    async (talk) => {
      const tenant = tenantOf(talk, knobs);
      const user = userOf(tenant, talk);
      apply(user);
      await tenant.job.provisionUser(user);
      talk.person.id = tenant.job.state.users[user.id] ?? "";
    };
  const changeGroup =
    (apply: (group: EntraGroup) => void): Sent =>
    async (talk) => {
      const tenant = tenantOf(talk, knobs);
      const group = groupOf(tenant, talk);
      apply(group);
      await tenant.job.provisionGroup(group);
      talk.group.id = tenant.job.state.groups[group.id] ?? talk.group.id;
      talk.group.displayName = group.displayName;
    };
  /** Members as the step wants them; Entra sends what changed since it last sent something. */
  const changeMembers: Sent = async (talk) => {
    const tenant = tenantOf(talk, knobs);
    const group = groupOf(tenant, talk);
    const idOf = new Map(Object.entries(tenant.job.state.users).map(([user, id]) => [id, user]));
    group.members = talk.members.after.flatMap((id) => idOf.get(id) ?? []);
    await tenant.job.provisionMembers(group, tenant.directory);
  };
  return {
    name,
    source:
      "Microsoft’s [documentation](https://learn.microsoft.com/entra/identity/app-provisioning/use-scim-to-provision-users-and-groups) and captured requests",
    headers: {},
    steps: {
      connect: (talk) => tenantOf(talk, knobs).job.testConnection(),
      match: async (talk) => {
        const tenant = tenantOf(talk, knobs);
        const user = userOf(tenant, talk);
        user.assigned = false; // who is not assigned is looked for, and not made
        await tenant.job.provisionUser(user);
        user.assigned = true;
        tenant.wire.check(tenant.job.state.users[user.id] === undefined, "somebody was found who is not there");
      },
      create: change(() => {}),
      update: change((user) => Object.assign(user, { surname: newFamilyName })),
      deactivate: change((user) => Object.assign(user, { accountEnabled: false })),
      reactivate: change((user) => Object.assign(user, { accountEnabled: true })),
      delete: async (talk) => {
        const tenant = tenantOf(talk, knobs);
        await tenant.job.purgeUser(userOf(tenant, talk));
      },
      "group create": changeGroup(() => {}),
      "group rename": changeGroup((group) => Object.assign(group, { displayName: newGroupName(group.displayName) })),
      "group add": changeMembers,
      "group remove": changeMembers,
      "group clear": changeMembers,
      "group delete": changeGroup((group) => Object.assign(group, { assigned: false })),
      import: notSent("Entra reads the target by id and by filter only, and walks no pages"),
    },
  };
}

export const entraDefault = provider("Microsoft Entra, default", defaultKnobs);
export const entraFlag = provider("Microsoft Entra, aadOptscim062020", { ...defaultKnobs, flag: true, memberChunk: 5 });
