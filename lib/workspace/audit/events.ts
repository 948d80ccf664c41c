import type { Messages } from "use-intl/core";
import type { Scope } from "@/lib/scopes";

// The events that webhooks can subscribe to. Each comes from an audit log action, and actions not listed here send no event.

type Group = {
  /** Its name in the catalogue, where each event has a text, too: `webhooks.events.group` and `webhooks.event`. */
  name: keyof Messages["webhooks"]["events"]["group"];
  /** The read scope that a token needs to receive these events. */
  scope: Scope;
  types: readonly string[];
};

const groups: readonly Group[] = [
  {
    name: "members",
    scope: "user_management:read",
    types: [
      "membership.invited",
      "membership.created",
      "membership.joined",
      "membership.updated",
      "membership.suspended",
      "membership.reactivated",
      "membership.role_changed",
      "membership.address_changed",
      "membership.invite_cancelled",
      "membership.ended",
    ],
  },
  {
    name: "teams",
    scope: "user_management:read",
    types: ["team.created", "team.updated", "team.deleted"],
  },
  {
    name: "seats",
    scope: "user_management:read", // it names the person in the seat
    types: ["seat.added", "seat.limit_changed"],
  },
  {
    name: "workspace",
    scope: "workspace:read",
    types: ["workspace.updated"],
  },
  {
    name: "domains",
    scope: "domain:read",
    types: ["domain.added", "domain.verified", "domain.warning", "domain.lapsed", "domain.failed", "domain.removed"],
  },
  {
    name: "access",
    scope: "audit_log:read",
    types: [
      "access_token.created",
      "access_token.updated",
      "access_token.rotated",
      "access_token.revoked",
      "access_token.expired",
      "oauth_client.created",
      "oauth_client.updated",
      "oauth_client.rotated",
      "oauth_client.revoked",
    ],
  },
  {
    name: "identityProviders",
    scope: "audit_log:read",
    types: [
      "connection.created",
      "connection.disconnected",
      "hold.opened",
      "hold.approved",
      "hold.stopped",
      "hold.lifted",
    ],
  },
];

/** Actions whose event has a different name. */
const renamed: Readonly<Record<string, string>> = {
  "workspace.seat_limit_changed": "seat.limit_changed",
  "invite.cancelled": "membership.invite_cancelled",
};

/** Sent on demand, only to the webhook under test. */
export const testEvent = "webhook.test";

const scopeOf = new Map(groups.flatMap(({ scope, types }) => types.map((type) => [type, scope] as const)));

/** Every event type that a webhook can subscribe to. */
export const eventTypes: readonly string[] = [...scopeOf.keys()];

/** The events grouped for a form. */
export const eventGroups = groups.map(({ name, types }) => ({ name, types }));

/** The event type of an audit log action, or null when the action sends no event. */
export function eventOf(action: string): string | null {
  const type = renamed[action] ?? action;
  return scopeOf.has(type) ? type : null;
}

/** The scopes needed to receive these events; an empty list means all events. A test event needs none. */
export function scopesToReceive(events: readonly string[]): Scope[] {
  const subscribed = events.length === 0 ? eventTypes : events;
  return [...new Set(subscribed.map((type) => scopeOf.get(type)).filter((scope) => scope !== undefined))];
}
