import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { normaliseHost } from "@/lib/address";
import { env } from "@/lib/env";
import { linesOfReplaced, replaceSecret } from "@/lib/process/installation";
import type { Server } from "@/lib/process/server-record";
import {
  declareSchemaExtension,
  listSchemaExtensions,
  removeSchemaExtension,
} from "@/lib/provisioning/resources/schema-extensions";
import { disconnect } from "@/lib/workspace/access/connections";
import type { ClientKind } from "@/lib/workspace/access/oauth/client-rules";
import { createOAuthClient, listOAuthClients, revokeOAuthClient } from "@/lib/workspace/access/oauth/clients";
import { createAccessToken, listAccessTokens, listConnections, revokeAccessToken } from "@/lib/workspace/access/tokens";
import { createSignInLink } from "@/lib/workspace/accounts/sign-in-links";
import type { Actor } from "@/lib/workspace/actor";
import { addDomain, checkDomain, listDomains, trustDomain } from "@/lib/workspace/domains/domains";
import { findHold } from "@/lib/workspace/holds/decide";
import { listUnsentIds, sendAnyMailAgain } from "@/lib/workspace/mail/unsent";
import { listPeople } from "@/lib/workspace/members/directory";
import { updateRole } from "@/lib/workspace/members/edit";
import { listMembers } from "@/lib/workspace/members/list";
import { isRefusal } from "@/lib/workspace/refusal";
import { approveHold, liftHold, stopHold } from "@/lib/workspace/restore/hold";
import { setSeatLimit, updateSettings } from "@/lib/workspace/settings";
import { setTeamRole } from "@/lib/workspace/teams/edit";
import { findTeamByName } from "@/lib/workspace/teams/teams";
import { createWorkspace, findWorkspaceBySlug } from "@/lib/workspace/workspaces";
import { inDatabase } from "./muster/database";
import { examine, linesOf } from "./muster/doctor";
import { lineOf } from "./muster/error";

const usage = `muster: the operator's command (every one takes --json)

  workspace create   --name N --slug S --admin-email E [--admin-name "First Last"]
  workspace set      --workspace S [--plan P] [--scim on|off] [--strict on|off] [--grant-admin on|off] [--hold on|off]
  schema set         --workspace S --file extension.json [--type User|Group] [--required]
  schema list        --workspace S
  schema remove      --workspace S --urn URN
  token create       --workspace S --name N --scope SCOPE [--scope SCOPE] [--expires 2027-01-31] [--connection NAME]
  token list         --workspace S
  token revoke       --workspace S --id ID
  client create      --workspace S --name N --scope SCOPE [--scope SCOPE] [--hours 1..6] [--connection NAME]
                     [--redirect-uri URI [--redirect-uri URI] [--public]]
                     [--issuer URL --subject SUB --audience AUD [--audience AUD] [--jwks-uri URL]]
  client list        --workspace S
  client revoke      --workspace S --id ID
  domain add         --workspace S --domain D
  domain verify      --workspace S --domain D [--trust]
  seats set          --workspace S [--limit N|none] [--automatic on|off] [--monthly-cap N|none]
  connection list    --workspace S
  connection end     --workspace S --connection NAME
  team map           --workspace S --name TEAM --role admin|member|none
  hold show          --workspace S
  hold approve|stop|lift --workspace S
  member list        --workspace S [--search TEXT]
  member make-admin  --workspace S --email E
  sign-in-link       --email E
  secret replace     (MUSTER_SECRET was lost: accept the one that is set now, and say what has to be made anew)
  email send-again   --id ID | --all
  doctor
`;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  strict: true,
  options: {
    workspace: { type: "string" },
    name: { type: "string" },
    slug: { type: "string" },
    "admin-email": { type: "string" },
    "admin-name": { type: "string" },
    plan: { type: "string" },
    scim: { type: "string" },
    strict: { type: "string" },
    "grant-admin": { type: "string" },
    hold: { type: "string" },
    automatic: { type: "string" },
    "monthly-cap": { type: "string" },
    role: { type: "string" },
    file: { type: "string" },
    type: { type: "string" },
    urn: { type: "string" },
    required: { type: "boolean" },
    scope: { type: "string", multiple: true },
    expires: { type: "string" },
    connection: { type: "string" },
    hours: { type: "string" },
    "redirect-uri": { type: "string", multiple: true },
    public: { type: "boolean" },
    issuer: { type: "string" },
    subject: { type: "string" },
    audience: { type: "string", multiple: true },
    "jwks-uri": { type: "string" },
    id: { type: "string" },
    domain: { type: "string" },
    trust: { type: "boolean" },
    limit: { type: "string" },
    search: { type: "string" },
    email: { type: "string" },
    all: { type: "boolean" },
    json: { type: "boolean" },
    help: { type: "boolean" },
  },
});

class Usage extends Error {}

/** What this shell was given, and the server that runs on its database. */
const shellUrl = process.env.MUSTER_URL;
let server: Server | null = null;

type Option = Exclude<
  keyof typeof values,
  "scope" | "trust" | "required" | "all" | "json" | "help" | "redirect-uri" | "public" | "audience"
>;

function required(name: Option): string {
  const value = values[name];
  if (value === undefined || value === "") throw new Usage(`--${name} is missing.`);
  return value;
}

/** What a command says: a value for --json, and lines for people. */
type Said = { json: unknown; lines: string[] };

async function operator(): Promise<Actor> {
  const workspace = await findWorkspaceBySlug(required("workspace"));
  return { workspaceId: workspace.id, kind: "operator", id: null, name: "Operator" };
}

function splitName(name: string): { firstName: string; lastName: string } {
  const [firstName = "", ...rest] = name.trim().split(/\s+/);
  return { firstName, lastName: rest.join(" ") };
}

function switchOf(name: "scim" | "strict" | "grant-admin" | "hold" | "automatic"): boolean | undefined {
  const text = values[name];
  if (text === undefined) return undefined;
  if (text !== "on" && text !== "off") throw new Usage(`--${name} is on or off.`);
  return text === "on";
}

function typeOf(text: string | undefined): "User" | "Group" {
  if (text === undefined || text === "User") return "User";
  if (text === "Group") return "Group";
  throw new Usage("--type is User or Group.");
}

function jsonOf(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, "utf8"));
  } catch (error) {
    throw new Usage(`${file} can't be read as JSON: ${(error as Error).message}`);
  }
}

function dayOf(text: string | undefined): string | null {
  if (text === undefined) return null;
  const time = new Date(text);
  if (Number.isNaN(time.getTime())) throw new Usage(`--expires ${text} is not a day such as 2027-01-31.`);
  return time.toISOString();
}

function limitOf(name: "limit" | "monthly-cap"): number | null | undefined {
  const text = values[name];
  if (text === undefined) return undefined;
  if (text === "none") return null;
  const limit = Number(text);
  if (!Number.isInteger(limit) || limit < 0) throw new Usage(`--${name} is a whole number, or none.`);
  return limit;
}

function roleOf(text: string): "admin" | "member" | null {
  if (text === "none") return null;
  if (text !== "admin" && text !== "member") throw new Usage("--role is admin, member or none.");
  return text;
}

/** Decides about the hold that is there, as an admin does in the settings. */
async function settle(decide: (actor: Actor, id: string) => Promise<unknown>, line: string): Promise<Said> {
  const actor = await operator();
  const hold = await findHold(actor.workspaceId);
  if (!hold) throw new Usage("Nothing is held.");
  return { json: (await decide(actor, hold.id)) ?? { hold: hold.id }, lines: [line] };
}

/** A client's kind follows from what is said of it: where people are sent back to, or whose assertions count. */
function clientKind(): ClientKind {
  const isCode = values["redirect-uri"] !== undefined;
  if (isCode && values.issuer !== undefined) throw new Usage("--redirect-uri and --issuer make two kinds of clients.");
  if (isCode) return "authorization_code";
  return values.issuer === undefined ? "client_credentials" : "federation";
}

async function domainId(workspaceId: string, name: string): Promise<string> {
  const domain = (await listDomains(workspaceId)).find((row) => row.name === normaliseHost(name));
  if (!domain) throw new Usage(`${name} is not on the list: add it first (domain add).`);
  return domain.id;
}

/** All people that match, however many: a page at a time. */
async function everyMember(workspaceId: string, search: string | undefined) {
  const found: Awaited<ReturnType<typeof listMembers>>["members"] = [];
  for (let cursor: string | undefined, isMore = true; isMore; isMore = cursor !== undefined) {
    const page = await listMembers(workspaceId, { search, cursor, limit: 200 });
    found.push(...page.members);
    cursor = page.nextCursor ?? undefined;
  }
  return found;
}

const commands: Record<string, () => Promise<Said>> = {
  "workspace create": async () => {
    const made = await createWorkspace(
      {
        name: required("name"),
        slug: required("slug"),
        adminEmail: required("admin-email"),
        ...splitName(values["admin-name"] ?? ""),
      },
      "Operator",
    );
    const address = `${env().MUSTER_URL}/${made.slug}/settings`;
    return { json: { id: made.id, slug: made.slug, url: address }, lines: [`Made ${required("name")}: ${address}`] };
  },
  "workspace set": async () => {
    const switches = {
      scimEnabled: switchOf("scim"),
      strictProfile: switchOf("strict"),
      scimMayGrantAdmin: switchOf("grant-admin"),
      massChangeHold: switchOf("hold"),
    };
    const settings = await updateSettings(await operator(), { plan: values.plan, ...switches });
    const shown = (on: boolean) => (on ? "on" : "off");
    const told = [
      `SCIM ${shown(settings.scimEnabled)}`,
      `strict profile ${shown(settings.strictProfile)}`,
      `grants admin ${shown(settings.scimMayGrantAdmin)}`,
      `mass-change hold ${shown(settings.massChangeHold)}`,
    ].join(", ");
    return { json: settings, lines: [`${settings.name}: plan ${settings.plan}, ${told}`] };
  },
  "schema set": async () => {
    const data = jsonOf(required("file"));
    const declared = await declareSchemaExtension(
      await operator(),
      typeOf(values.type),
      data,
      values.required ?? false,
    );
    return {
      json: declared,
      lines: [`${declared.schema.id}: ${declared.schema.attributes.length} attributes of ${declared.resourceType}`],
    };
  },
  "schema list": async () => {
    const declared = await listSchemaExtensions((await operator()).workspaceId);
    return {
      json: declared,
      lines: declared.map(({ resourceType, schema }) =>
        [schema.id, resourceType, schema.attributes.map(({ name }) => name).join(" ")].join("\t"),
      ),
    };
  },
  "schema remove": async () => {
    await removeSchemaExtension(await operator(), required("urn"));
    return { json: { removed: required("urn") }, lines: ["Removed, with every value of it."] };
  },
  "token create": async () => {
    const { token, secret } = await createAccessToken(await operator(), {
      name: required("name"),
      scopes: values.scope ?? [],
      expiresAt: dayOf(values.expires),
      connection: values.connection ?? null,
    });
    return { json: { ...token, secret }, lines: [secret] };
  },
  "token list": async () => {
    const tokens = await listAccessTokens((await operator()).workspaceId);
    return {
      json: tokens,
      lines: tokens.map((token) =>
        [token.id, token.prefix, token.state, token.scopes.join(" "), token.name].join("\t"),
      ),
    };
  },
  "token revoke": async () => {
    await revokeAccessToken(await operator(), required("id"));
    return { json: { revoked: required("id") }, lines: ["Revoked. The next request with it is refused."] };
  },
  "client create": async () => {
    const { client, secret } = await createOAuthClient(await operator(), {
      kind: clientKind(),
      name: required("name"),
      scopes: values.scope ?? [],
      tokenSeconds: Number(values.hours ?? "1") * 3_600,
      redirectUris: values["redirect-uri"] ?? [],
      isPublic: values.public ?? false,
      issuer: values.issuer ?? null,
      subject: values.subject ?? null,
      audiences: values.audience ?? [],
      jwksUri: values["jwks-uri"] ?? null,
      connection: values.connection ?? null,
    });
    return { json: { ...client, secret }, lines: [client.clientId, ...(secret === null ? [] : [secret])] };
  },
  "client list": async () => {
    const clients = await listOAuthClients((await operator()).workspaceId);
    return {
      json: clients,
      lines: clients.map((client) =>
        [client.id, client.clientId, client.kind, client.scopes.join(" "), client.name].join("\t"),
      ),
    };
  },
  "client revoke": async () => {
    await revokeOAuthClient(await operator(), required("id"));
    return { json: { revoked: required("id") }, lines: ["Revoked. The next request with a token of it is refused."] };
  },
  "domain add": async () => {
    const { name, record, note } = await addDomain(await operator(), required("domain"));
    const lines = [`${record.fullName}  TXT  ${record.value}`, ...(note === null ? [] : [`Note: ${note}`])];
    return { json: { name, record, note }, lines };
  },
  "domain verify": async () => {
    const actor = await operator();
    const id = await domainId(actor.workspaceId, required("domain"));
    if (values.trust) await trustDomain(actor, required("domain"));
    else await checkDomain(actor, id);
    const domain = (await listDomains(actor.workspaceId)).find((row) => row.id === id);
    if (!values.trust && domain?.state !== "verified") process.exitCode = 1;
    return {
      json: domain,
      lines: [
        `${domain?.name}: ${domain?.state}${domain?.answer ? ` (${domain.answer.outcome})` : ""}`,
        ...(domain?.note ? [`Note: ${domain.note}`] : []),
      ],
    };
  },
  "seats set": async () => {
    const actor = await operator();
    const [limit, seatMonthlyCap] = [limitOf("limit"), limitOf("monthly-cap")];
    if (limit !== undefined) await setSeatLimit(actor, limit);
    const settings = await updateSettings(actor, { automaticSeatAssignment: switchOf("automatic"), seatMonthlyCap });
    const { seatLimit, seatsUsed, automaticSeatAssignment } = settings;
    const added = automaticSeatAssignment ? `on, ${settings.seatMonthlyCap ?? "any number"} a month` : "off";
    return {
      json: { limit: seatLimit, used: seatsUsed, automaticSeatAssignment, monthlyCap: settings.seatMonthlyCap },
      lines: [`Seat limit: ${seatLimit ?? "none"}, ${seatsUsed} used; automatic seat assignment ${added}`],
    };
  },
  "connection list": async () => {
    const connections = await listConnections((await operator()).workspaceId);
    return { json: connections, lines: connections.map(({ id, state, name }) => [id, state, name].join("\t")) };
  },
  "connection end": async () => {
    const actor = await operator();
    const name = required("connection");
    const known = (await listConnections(actor.workspaceId)).find(
      (row) => row.name === name && row.state === "connected",
    );
    if (!known) throw new Usage(`There is no connection named ${name}.`);
    const freed = await disconnect(actor, known.id);
    return {
      json: freed,
      lines: [`Disconnected: ${freed.people} people and ${freed.teams} teams are managed in the app now.`],
    };
  },
  "team map": async () => {
    const actor = await operator();
    const name = required("name");
    const team = await findTeamByName(actor.workspaceId, name);
    if (!team) throw new Usage(`There is no team named ${name}.`);
    const role = roleOf(required("role"));
    const notes = await setTeamRole(actor, team, role);
    return { json: { team, role, notes }, lines: [`${name} gives ${role ?? "no role"}.`, ...notes] };
  },
  "hold show": async () => {
    const hold = await findHold((await operator()).workspaceId);
    const people = hold?.people.map(({ action, name, by }) => [action, name, by].join("\t")) ?? [];
    const rest = (hold?.total ?? 0) - people.length;
    if (rest > 0) people.push(`and ${rest} more`);
    return {
      json: hold,
      lines: hold ? [`${hold.state}: ${hold.total} changes wait`, ...people] : ["Nothing is held."],
    };
  },
  "hold approve": () => settle(approveHold, "Approved: what was held is done, and nothing is held for 24 hours."),
  "hold stop": () => settle(stopHold, "Stopped: the list is dropped, and suspensions are refused until hold lift."),
  "hold lift": () => settle(liftHold, "Lifted: the identity provider may suspend people again."),
  "member list": async () => {
    const members = await everyMember((await operator()).workspaceId, values.search);
    return {
      json: members,
      lines: members.map((member) =>
        [member.id, member.state, member.role, member.email ?? member.userName, member.name].join("\t"),
      ),
    };
  },
  "member make-admin": async () => {
    const actor = await operator();
    const email = required("email");
    const [member] = (await listPeople(actor.workspaceId, { email, limit: 1 })).people;
    if (!member) throw new Usage(`Nobody here has the address ${email}.`);
    await updateRole(actor, member.id, "admin");
    return { json: { id: member.id, role: "admin" }, lines: [`${member.email} is an admin.`] };
  },
  "secret replace": async () => {
    const replaced = await replaceSecret();
    if (replaced === null)
      return { json: null, lines: ["This MUSTER_SECRET is the one in use. Nothing was replaced."] };
    return { json: replaced, lines: linesOfReplaced(replaced) };
  },
  "sign-in-link": async () => {
    const link = await createSignInLink(required("email"));
    if (link === null) throw new Usage(`There is no account with the address ${required("email")}.`);
    return { json: { url: link }, lines: [link] };
  },
  "email send-again": async () => {
    const ids = values.all ? await listUnsentIds() : [required("id")];
    const left: string[] = [];
    for (const id of ids) {
      await sendAnyMailAgain(id).catch((error: unknown) => {
        if (!values.all || !isRefusal(error)) throw error;
        left.push(`${id}: ${error.detail}`);
      });
    }
    const sent = ids.length - left.length;
    const lines = [`${sent} emails wait to be sent again. The server looks within a minute.`, ...left];
    return { json: { sent, left }, lines };
  },
  doctor: async () => {
    const report = await examine(server, shellUrl);
    return { json: report, lines: linesOf(report) };
  },
};

/** Commands that seal nothing, so that they may look at a database whose secret this shell hasn't got. */
const mayHaveAnotherSecret = /^(doctor|secret replace|hold show|.* list)$/;

async function main(): Promise<void> {
  const name = positionals.join(" ");
  const command = commands[name];
  if (values.help || !command) {
    (values.help ? process.stdout : process.stderr).write(usage);
    process.exitCode = values.help ? 0 : 1;
    return;
  }
  process.env.LOG_LEVEL ||= "error";
  const { json, lines } = await inDatabase(!mayHaveAnotherSecret.test(name), async (found) => {
    server = found;
    return command();
  });
  process.stdout.write(values.json ? `${JSON.stringify(json, null, 2)}\n` : lines.map((line) => `${line}\n`).join(""));
}

main().catch((error: unknown) => {
  process.stderr.write(`${lineOf(error)}\n`);
  process.exit(1);
});
