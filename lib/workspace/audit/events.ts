import type { Scope } from "@/lib/workspace/scopes";

// The events that webhooks can subscribe to. Each comes from an audit log action, and actions not listed here send no event.

type Group = {
  name: string;
  /** The read scope that a token needs to receive these events. */
  scope: Scope;
  events: Readonly<Record<string, string>>;
};

const groups: readonly Group[] = [
  {
    name: "Members",
    scope: "user_management:read",
    events: {
      "membership.invited": "Somebody was invited",
      "membership.created": "Somebody was added",
      "membership.joined": "An invite was accepted, or its domain was verified",
      "membership.updated": "Attributes of a person changed",
      "membership.suspended": "Access was taken away; the person stays",
      "membership.reactivated": "Access was given back",
      "membership.role_changed": "Somebody became an admin or a member",
      "membership.address_changed": "The address that a person signs in with changed",
      "membership.invite_cancelled": "An invite was taken back",
      "membership.ended": "A membership ended for good",
    },
  },
  {
    name: "Teams",
    scope: "user_management:read",
    events: {
      "team.created": "A team was made",
      "team.updated": "Its name or its members changed",
      "team.deleted": "A team was deleted",
    },
  },
  {
    name: "Seats",
    scope: "user_management:read", // it names the person in the seat
    events: {
      "seat.added": "Automatic seat assignment added a seat",
      "seat.limit_changed": "The seat limit was set",
    },
  },
  {
    name: "Workspace",
    scope: "workspace:read",
    events: { "workspace.updated": "Its settings changed" },
  },
  {
    name: "Domains",
    scope: "domain:read",
    events: {
      "domain.added": "A domain was claimed",
      "domain.verified": "DNS proved a claim",
      "domain.warning": "The record of a verified domain is missing",
      "domain.lapsed": "A domain is no longer trusted",
      "domain.failed": "A claim was not proven in time",
      "domain.removed": "A claim was removed",
    },
  },
  {
    name: "Access",
    scope: "audit_log:read",
    events: {
      "access_token.created": "An access token was made",
      "access_token.updated": "Its name or scopes changed",
      "access_token.rotated": "It got a new secret",
      "access_token.revoked": "It was revoked",
      "access_token.expired": "It has expired",
      "oauth_client.created": "An OAuth client was made",
      "oauth_client.updated": "Its settings changed",
      "oauth_client.rotated": "It got a new secret",
      "oauth_client.revoked": "It was revoked",
    },
  },
  {
    name: "Identity providers",
    scope: "audit_log:read",
    events: {
      "connection.created": "An identity provider was connected",
      "connection.disconnected": "It was disconnected; its people are managed here",
      "hold.opened": "A mass change waits for an admin",
      "hold.approved": "It was approved",
      "hold.stopped": "It was stopped",
      "hold.lifted": "Changes go through again",
    },
  },
];

/** Actions whose event has a different name. */
const renamed: Readonly<Record<string, string>> = {
  "workspace.seat_limit_changed": "seat.limit_changed",
  "invite.cancelled": "membership.invite_cancelled",
};

/** Sent on demand, only to the webhook under test. */
export const testEvent = "webhook.test";

const scopeOf = new Map(
  groups.flatMap(({ scope, events }) => Object.keys(events).map((type) => [type, scope] as const)),
);

/** Every event type that a webhook can subscribe to. */
export const eventTypes: readonly string[] = [...scopeOf.keys()];

/** The events grouped for a form. */
export const eventGroups = groups.map(({ name, events }) => ({
  name,
  events: Object.entries(events).map(([type, about]) => ({ type, about })),
}));

/** The event type of an audit log action, or null when the action sends no event. */
export function eventOf(action: string): string | null {
  const type = renamed[action] ?? action;
  return scopeOf.has(type) ? type : null;
}

/** The scopes needed to receive these events; an empty list means all events. A test event needs none. */
export function scopesToHear(events: readonly string[]): Scope[] {
  const heard = events.length === 0 ? eventTypes : events;
  return [...new Set(heard.map((type) => scopeOf.get(type)).filter((scope) => scope !== undefined))];
}
