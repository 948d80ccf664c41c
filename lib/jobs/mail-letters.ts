import type { MailKind } from "@/lib/db";
import type { Translator } from "@/lib/messages/room";

export type Letter = {
  subject: string;
  heading: string;
  lines: string[];
  action?: { label: string; path: string };
  footer: string;
};

type Data = Record<string, string>;
type Path = (data: Data, secret: string | null) => string;

const settings =
  (page: string): Path =>
  (data) =>
    `/${data.slug}/settings/${page}`;

const workspace: Path = (data) => `/${data.slug}`;

/** Where the button of each kind of email leads, below MUSTER_URL; null for an email without one. The catalogue has their texts (`mails`). */
const paths: Record<MailKind, Path | null> = {
  sign_in: (_, secret) => secret ?? "/sign-in",
  added: workspace,
  welcome: () => "/sign-in",
  invite: (_, secret) => `/invite/${secret}`,
  reactivated: workspace,
  suspended: null,
  admin_granted: settings("members"),
  token_expiring: settings("developers"),
  token_expired: settings("developers"),
  hold_opened: settings("provisioning"),
  webhook_disabled: settings("webhooks"),
  seat_added: settings("seats"),
  seats_used: settings("seats"),
  address_changed: null,
  address_confirm: (_, secret) => `/account/address/${secret}`,
  address_change_asked: settings("members"),
  address_moved: settings("members"),
  provider_linked: () => "/account",
  provider_removed: () => "/account",
  access_given: (data) => `/${data.slug}/settings/${data.page ?? "developers"}`,
  access_left: settings("developers"),
  domain_verified: settings("security"),
  domain_warning: settings("security"),
  domain_lapsed: settings("security"),
};

/** The day of an ISO time, in a readable form. */
function dayOf(time: string): string {
  return new Date(time).toLocaleDateString("en-GB", {
    day: "numeric",
    month: "long",
    year: "numeric",
    timeZone: "UTC",
  });
}

/** The values for an email's texts. Data stored by an older version may lack some. */
function valuesOf(data: Data) {
  const { until, name, invitedBy, why = "", days, count } = data;
  return {
    ...data,
    why,
    days: Number(days),
    count: Number(count),
    hasName: name ? "yes" : "no",
    hasInviter: invitedBy ? "yes" : "no",
    ...(until && { until: dayOf(until) }),
  };
}

/** Writes an email in the language of `t`. */
export function writeLetter(kind: MailKind, data: Data, secret: string | null, t: Translator<"mails">): Letter {
  const say = t as unknown as (key: string, values: object) => string; // each kind stores the values of its texts
  const values = valuesOf(data);
  // Emails of an older version have only its words.
  if (data.given) Object.assign(values, { what: say(`given.${data.given}`, values) });
  const text = (part: string) => say(`${kind}.${part}`, values);
  const path = paths[kind];
  return {
    subject: text("subject"),
    heading: text("heading"),
    lines: [text("first"), ...(t.has(`${kind}.second` as "invite.second") ? [text("second")] : [])],
    ...(path && { action: { label: text("action"), path: path(data, secret) } }),
    footer: text("footer"),
  };
}
