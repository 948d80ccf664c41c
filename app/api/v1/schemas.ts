import { z } from "zod";
import { nameInput, requiredName } from "@/lib/api/validation";
import { eventTypes } from "@/lib/workspace/audit/events";

// The REST contracts: they parse requests, and the OpenAPI document is generated from them.

/** Schemas with a name in the document; the name is the key. */
export const named = z.registry<{ id: string }>();

const id = z.uuid();
const time = z.iso.datetime();
const role = z.enum(["admin", "member"]);
const owner = z
  .object({ id, name: z.string() })
  .nullable()
  .describe("The identity provider that manages it, or null; what it manages is locked here");
const names = {
  firstName: nameInput("person"),
  lastName: nameInput("person"),
};

const limit = z.coerce.number().int().min(1).max(200).default(50).describe("How many to a page");
export const paging = {
  cursor: z.string().max(500).optional().describe("`nextCursor` of the page before, with the same filters"),
  limit,
};

/** The response schema of a list page. */
function pageOf<Item extends z.ZodType>(item: Item, name: string) {
  const cursor = z.string().nullable().describe("Goes into `cursor` for the next page; null on the last one");
  return z.object({ data: z.array(item), nextCursor: cursor }).register(named, { id: `${name}Page` });
}

/** The error schema, used only in the document. */
z.object({
  type: z.string().describe("`urn:muster:problem:` and a code"),
  title: z.string(),
  status: z.int().min(400).max(599),
  detail: z.string().describe("What to do about it, for people"),
  requestId: z.string().describe("Names the request in the logs"),
  errors: z.array(z.object({ field: z.string(), detail: z.string() })).optional(),
}).register(named, { id: "Problem" });

export const self = z
  .object({
    workspace: z.object({ id, name: z.string(), slug: z.string() }),
    token: z.object({ id, name: z.string(), scopes: z.array(z.string()), expiresAt: time.nullable() }),
  })
  .register(named, { id: "Self" });

export const member = z
  .object({
    id: id.describe("Never changes, from the invite to the end; it is the SCIM id, too"),
    state: z.enum(["invited", "active", "suspended"]),
    role,
    name: z.string(),
    firstName: z.string(),
    lastName: z.string(),
    email: z.string().nullable().describe("What the person signs in with; null while they wait for an address"),
    userName: z.string(),
    externalId: z.string().nullable(),
    managedBy: owner,
    teamIds: z.array(id),
    createdAt: time,
    updatedAt: time,
    joinedAt: time.nullable(),
    lastActiveAt: time.nullable(),
  })
  .register(named, { id: "Member" });
export const memberPage = pageOf(member, "Member");

export const inviteInput = z
  .strictObject({
    email: z.string().min(3).max(254),
    firstName: names.firstName.default(""),
    lastName: names.lastName.default(""),
    role: role.default("member"),
  })
  .register(named, { id: "Invite" });

const roleChange = z.strictObject({ role });
const stateChange = z.strictObject({ state: z.enum(["active", "suspended"]) });
export const memberChange = z
  .union([roleChange, stateChange], "Give either a role or a state: one change at a time.")
  .register(named, { id: "MemberChange" });

export const team = z
  .object({
    id,
    name: z.string(),
    externalId: z.string().nullable(),
    memberCount: z.int().min(0),
    role: role.nullable().describe("The role that being in the team gives"),
    managedBy: owner,
    createdAt: time,
    updatedAt: time,
  })
  .register(named, { id: "Team" });
export const teamPage = pageOf(team, "Team");
export const teamInput = z.strictObject({ name: requiredName("team") }).register(named, { id: "TeamInput" });

export const domain = z
  .object({
    id,
    name: z.string(),
    state: z.enum(["pending", "verified", "warning", "lapsed", "failed"]),
    record: z
      .object({ type: z.literal("TXT"), host: z.string(), fullName: z.string(), value: z.string() })
      .describe("What to add to DNS"),
    verifiedBy: z.enum(["dns", "operator"]).nullable(),
    note: z.string().nullable().describe("A warning, where the domain is on a list of shared mail domains"),
    answer: z
      .object({ outcome: z.string(), found: z.array(z.string()), at: time })
      .nullable()
      .describe("What DNS said last"),
    memberCount: z.int().min(0),
    verifiedAt: time.nullable(),
    lapsesAt: time.nullable(),
    nextCheckAt: time.nullable(),
    createdAt: time,
  })
  .register(named, { id: "Domain" });
export const domainList = z.object({ data: z.array(domain) }).register(named, { id: "DomainList" });
export const domainInput = z
  .strictObject({ name: z.string().trim().min(1).max(260) })
  .register(named, { id: "DomainInput" });

const change = z.record(z.string(), z.unknown()).nullable();
const auditEvent = z
  .object({
    id,
    at: time,
    action: z.string(),
    actor: z.object({
      kind: z.enum(["member", "token", "operator", "system"]),
      id: z.string().nullable(),
      name: z.string().nullable(),
    }),
    target: z.object({ kind: z.string(), id: z.string(), name: z.string().nullable() }),
    before: change,
    after: change,
    requestId: z.string().nullable(),
  })
  .register(named, { id: "AuditEvent" });
export const auditEventPage = pageOf(auditEvent, "AuditEvent");

const eventList = z
  .array(z.enum(eventTypes as [string, ...string[]]))
  .max(100)
  .describe("Which events it hears of; empty is all of them. A token's webhook hears no more than the token may read");
export const webhook = z
  .object({
    id,
    url: z.string(),
    description: z.string(),
    events: eventList,
    enabled: z.boolean(),
    disabledReason: z.string().nullable().describe("Why Muster switched it off by itself"),
    oldSecretUntil: time.nullable().describe("Until then the secret of before the rotation signs as well"),
    createdAt: time,
    updatedAt: time,
    deliveries: z
      .object({
        delivered: z.int().min(0),
        pending: z.int().min(0),
        retrying: z.int().min(0).describe("Of the pending ones, those that failed before"),
        failed: z.int().min(0),
        lastDeliveredAt: time.nullable(),
      })
      .describe("Of the last thirty days"),
  })
  .register(named, { id: "Webhook" });
export const webhookList = z.object({ data: z.array(webhook) }).register(named, { id: "WebhookList" });
export const webhookSecret = z
  .object({ webhook, secret: z.string().describe("Signs; shown in this answer only") })
  .register(named, { id: "WebhookSecret" });

const url = z.string().trim().min(1).max(2_000).describe("https, port 443 or 8443, a public address");
const description = nameInput("webhook");
export const webhookInput = z
  .strictObject({ url, description: description.default(""), events: eventList.default([]) })
  .register(named, { id: "WebhookInput" });
export const webhookChange = z
  .strictObject({
    url: url.optional(),
    description: description.optional(),
    events: eventList.optional(),
    enabled: z.boolean().optional(),
  })
  .register(named, { id: "WebhookChange" });
export const rotation = z
  .strictObject({
    overlap: z.enum(["now", "1h", "24h", "7d"]).default("24h").describe("How long the old secret signs as well"),
  })
  .register(named, { id: "Rotation" });

const deliveryFields = {
  id,
  eventId: id.describe("`webhook-id`, the same in every try"),
  event: z.string(),
  subject: z.string().nullable(),
  state: z.enum(["pending", "delivered", "failed"]),
  attempts: z.int().min(0),
  createdAt: time,
  nextAttemptAt: time.nullable(),
  deliveredAt: time.nullable(),
};
const delivery = z.object(deliveryFields).register(named, { id: "Delivery" });
export const deliveryPage = pageOf(delivery, "Delivery");
export const deliveryDetail = z
  .object({
    ...deliveryFields,
    payload: z.record(z.string(), z.unknown()),
    log: z.array(
      z.object({
        at: time,
        status: z.int().nullable().describe("Null when no answer came"),
        detail: z.string().nullable().describe("The beginning of the answer, or what went wrong"),
        durationMs: z.number(),
      }),
    ),
  })
  .register(named, { id: "DeliveryDetail" });
export const queued = z.object({ id }).register(named, { id: "Queued" });

export const workspace = z
  .object({
    id,
    name: z.string(),
    slug: z.string(),
    plan: z.string(),
    seatLimit: z.int().nullable(),
    seatsUsed: z.int(),
    scimEnabled: z.boolean(),
  })
  .register(named, { id: "Workspace" });
export const workspaceInput = z
  .strictObject({ name: requiredName("workspace") })
  .register(named, { id: "WorkspaceInput" });

export const seats = z
  .object({
    limit: z.int().nullable().describe("Null: as many as it takes"),
    used: z.int().describe("Invited and active people"),
    automaticSeatAssignment: z.boolean(),
    history: z.array(
      z.object({
        id,
        at: time,
        change: z.union([z.literal(1), z.literal(-1)]),
        who: z.string().nullable().describe("Null unless the token may read people"),
        by: z.string().describe("The kind of who did it"),
        limitAfter: z.int().nullable().describe("Set when automatic assignment raised the limit"),
      }),
    ),
    nextCursor: z.string().nullable(),
  })
  .register(named, { id: "Seats" });
