import type { MailKind } from "@/lib/db";

export type Letter = {
  subject: string;
  heading: string;
  lines: string[];
  action?: { label: string; path: string };
  footer: string;
};

type Data = Record<string, string>;

const settings = (data: Data, page: string) => `/${data.slug}/settings/${page}`;

/** The day of an ISO time, in a readable form. */
function dayOf(time: string | undefined): string {
  const day = new Date(time ?? "");
  return day.toLocaleDateString("en-GB", { day: "numeric", month: "long", year: "numeric", timeZone: "UTC" });
}

/** The text of each kind of email. Paths are appended to MUSTER_URL. */
export const letters: Record<MailKind, (data: Data, secret: string | null) => Letter> = {
  sign_in: (_, secret) => ({
    subject: "Sign in to Muster",
    heading: "Sign in",
    lines: ["Use this link to sign in. It works once, for one hour."],
    action: { label: "Sign in", path: secret ?? "/sign-in" },
    footer: "You did not ask for it? Then nothing happens: ignore this mail.",
  }),
  added: (data) => ({
    subject: `You were added to ${data.workspace}`,
    heading: `Welcome to ${data.workspace}`,
    lines: [`Your company added you to the workspace ${data.workspace}. You can sign in with this address.`],
    action: { label: `Open ${data.workspace}`, path: `/${data.slug}` },
    footer: "Access is given and taken by your company's identity provider.",
  }),
  welcome: (data) => ({
    subject: "Your Muster account is ready",
    heading: data.name ? `Hello ${data.name}` : "Hello",
    lines: [
      "An account was made for this address. There is no password to remember: type your address on the sign-in page, and a link comes by mail.",
    ],
    action: { label: "Go to sign-in", path: "/sign-in" },
    footer: `You get this once, because you were added to ${data.workspace}.`,
  }),
  invite: (data, secret) => ({
    subject: `Join ${data.workspace} on Muster`,
    heading: `You are invited to ${data.workspace}`,
    lines: [
      data.invitedBy ? `${data.invitedBy} invited you.` : `The admins of ${data.workspace} invited you.`,
      "The link is for you alone and works for seven days.",
    ],
    action: { label: "Accept the invite", path: `/invite/${secret}` },
    footer: "You do not know this workspace? Then ignore this mail.",
  }),
  reactivated: (data) => ({
    subject: `You have access to ${data.workspace} again`,
    heading: "Welcome back",
    lines: [`Your access to ${data.workspace} was restored, with your role and your teams.`],
    action: { label: `Open ${data.workspace}`, path: `/${data.slug}` },
    footer: "Access is given and taken by your company's identity provider.",
  }),
  suspended: (data) => ({
    subject: `Your access to ${data.workspace} has ended`,
    heading: `Your access to ${data.workspace} has ended`,
    lines: [
      `You can't open ${data.workspace} any more. Your role and your teams are kept, in case you come back.`,
      "Other workspaces that you are in are not touched.",
    ],
    footer: `You did not expect this? Ask an admin of ${data.workspace}.`,
  }),
  admin_granted: (data) => ({
    subject: `${data.who} is now an admin of ${data.workspace}`,
    heading: "There is a new admin",
    lines: [
      `${data.who} can now change every setting, every member and every token of ${data.workspace}.`,
      `It was done by ${data.by}.`,
    ],
    action: { label: "Show members", path: settings(data, "members") },
    footer: `You get this as an admin of ${data.workspace}. You did not expect it? Take the role away, and look at the audit log.`,
  }),
  token_expiring: (data) => ({
    subject: `The access token ${data.token} expires in ${data.days === "1" ? "a day" : `${data.days} days`}`,
    heading: "An access token expires soon",
    lines: [
      `${data.token} of ${data.workspace} works until ${dayOf(data.until)}. Rotate it and paste the new secret into your identity provider: both work for a while.`,
      "After its end nobody is suspended, but nobody is added or suspended by your identity provider either.",
    ],
    action: { label: "Rotate the token", path: settings(data, "developers") },
    footer: `You get this as an admin of ${data.workspace}.`,
  }),
  token_expired: (data) => ({
    subject: `The access token ${data.token} has expired`,
    heading: "An access token has expired",
    lines: [
      `${data.token} of ${data.workspace} stopped working on ${dayOf(data.until)}. If your identity provider uses it, leavers are no longer suspended.`,
      "Make a new token and paste it into your identity provider.",
    ],
    action: { label: "Make a new token", path: settings(data, "developers") },
    footer: `You get this as an admin of ${data.workspace}.`,
  }),
  hold_opened: (data) => ({
    subject: `Your identity provider wants to suspend many people of ${data.workspace}`,
    heading: "A mass change is held",
    lines: [
      `${data.by} took access from ${data.counted} people within an hour, and wants to go on. What comes now is held until you decide.`,
      "Approve it if people really leave. Stop it if a mapping or an assignment in your identity provider is wrong, and bring back those who lost access.",
    ],
    action: { label: "Decide", path: settings(data, "provisioning") },
    footer: `You get this as an admin of ${data.workspace}.`,
  }),
  webhook_disabled: (data) => ({
    subject: `The webhook ${data.webhook} was switched off`,
    heading: "A webhook was switched off",
    lines: [
      `${data.workspace} sends nothing to ${data.webhook} any more. ${data.reason}`,
      "Mend what listens there and switch the webhook on again: what waits is sent then.",
    ],
    action: { label: "Show webhooks", path: settings(data, "webhooks") },
    footer: `You get this as an admin of ${data.workspace}.`,
  }),
  seat_added: (data) => ({
    subject: `A seat was added to ${data.workspace}`,
    heading: "A seat was added",
    lines: [
      `Automatic seat assignment added a seat for ${data.who}: ${data.workspace} has ${data.limit} seats now.`,
      "You can turn it off, or cap it, under Security → User provisioning (SCIM).",
    ],
    action: { label: "Show provisioning settings", path: settings(data, "security") },
    footer: `You get this as an admin of ${data.workspace}.`,
  }),
  seats_used: (data) => ({
    subject: `${data.percent} % of the seats of ${data.workspace} are used`,
    heading: data.percent === "100" ? "All seats are used" : "Four fifths of the seats are used",
    lines: [
      `${data.used} of ${data.limit} seats of ${data.workspace} are taken by members and invites.`,
      "Without a free seat nobody can be added, unless Automatic seat assignment is on.",
    ],
    action: { label: "Show seats", path: settings(data, "general") },
    footer: `You get this as an admin of ${data.workspace}.`,
  }),
  address_changed: (data) => ({
    subject: "Your sign-in address has changed",
    heading: "Your sign-in address has changed",
    lines: [
      `Your identity provider changed your address from ${data.old} to ${data.new}. Sign in with the new one from now on.`,
      "All sessions were ended.",
    ],
    footer: `You did not expect this? Ask an admin of ${data.workspace}.`,
  }),
  address_confirm: (data, secret) => ({
    subject: `Confirm your new sign-in email for ${data.workspace}`,
    heading: "Change your sign-in email?",
    lines: [
      `The identity provider of ${data.workspace} wants to change your sign-in email from ${data.old} to ${data.new}.`,
      "You use this account in another workspace, too, so nothing changes until you confirm it here. The link works for seven days.",
    ],
    action: { label: "Review the change", path: `/account/address/${secret}` },
    footer: "Not expecting this? Keep your current email, and ask an admin of the workspace.",
  }),
  address_change_asked: (data) => ({
    subject: `${data.old} was asked to change their sign-in email`,
    heading: "A sign-in email may change",
    lines: [
      `${data.by} asked to change the sign-in email of ${data.old}, a member of ${data.workspace}, to ${data.new}.`,
      `Nothing changes until ${data.old} confirms it in the current mailbox.`,
    ],
    action: { label: "Show members", path: settings(data, "members") },
    footer: `You get this as an admin of ${data.workspace}.`,
  }),
  address_moved: (data) => ({
    subject: `${data.old} now signs in as ${data.new}`,
    heading: "A sign-in email has changed",
    lines: [
      `${data.old}, a member of ${data.workspace}, now signs in as ${data.new}. The owner confirmed it in the old mailbox.`,
      "Their sessions were ended. Role and teams stay the same.",
    ],
    action: { label: "Show members", path: settings(data, "members") },
    footer: `You get this as an admin of ${data.workspace}. Not expecting this? Suspend the member and ask them.`,
  }),
  provider_linked: (data) => ({
    subject: `You can now sign in with ${data.provider}`,
    heading: `${data.provider} is connected`,
    lines: [`Your account can now sign in with ${data.provider}, besides links by email.`],
    action: { label: "Review sign-in methods", path: "/account" },
    footer: "Didn't do this? Remove it on your account page, and sign out everywhere else.",
  }),
  provider_removed: (data) => ({
    subject: `You no longer sign in with ${data.provider}`,
    heading: `${data.provider} was removed`,
    lines: [`${data.provider} no longer signs in to your account. Links by email still do.`],
    action: { label: "Review sign-in methods", path: "/account" },
    footer: "Didn't do this? Sign out everywhere else on your account page.",
  }),
  access_given: (data) => ({
    subject: `${data.by} created ${data.what} in ${data.workspace}`,
    heading: "Somebody got access",
    lines: [
      `${data.by} created ${data.what}: ${data.name}.`,
      `It has access to ${data.workspace} until an admin revokes it.`,
    ],
    action: { label: "Review it", path: settings(data, data.page ?? "developers") },
    footer: `You get this as an admin of ${data.workspace}. Not expecting this? Revoke it and ask ${data.by}.`,
  }),
  access_left: (data) => ({
    subject: `${data.who} is no longer an admin, and left access behind`,
    heading: "Access needs a decision",
    lines: [
      `${data.who} is no longer an admin of ${data.workspace}. ${data.count === "1" ? "One access token, client, webhook or consent" : `${data.count} access tokens, clients, webhooks or consents`} they created still work.`,
      "Keep what you need: it becomes yours. Revoke the rest.",
    ],
    action: { label: "Review access", path: settings(data, "developers") },
    footer: `You get this as an admin of ${data.workspace}.`,
  }),
  domain_verified: (data) => ({
    subject: `${data.domain} is verified`,
    heading: `${data.domain} is verified`,
    lines: [
      `People with an address on ${data.domain} are now added to ${data.workspace} at once.`,
      "Leave the DNS record in place: it is looked for every day.",
    ],
    action: { label: "Show domains", path: settings(data, "security") },
    footer: `You get this as an admin of ${data.workspace}.`,
  }),
  domain_warning: (data) => ({
    subject:
      data.why === "silent"
        ? `The name servers of ${data.domain} don't answer`
        : `The DNS record of ${data.domain} is missing`,
    heading: `${data.domain} can't be confirmed any more`,
    lines: [
      data.why === "silent"
        ? "The name servers haven't answered for seven days. If they stay silent for seven more, new people on this domain are invited instead of added."
        : "The TXT record was not found today. If it stays away for seven days, new people on this domain are invited instead of added.",
      "Nobody is suspended, but from then on nobody gets sign-in links at this domain.",
    ],
    action: { label: "Show DNS details", path: settings(data, "security") },
    footer: `You get this as an admin of ${data.workspace}.`,
  }),
  domain_lapsed: (data) => ({
    subject: `${data.domain} is not verified any more`,
    heading: `${data.domain} has lapsed`,
    lines: [
      `${data.why === "silent" ? "The name servers haven't answered for two weeks." : "The TXT record was missing for seven days."} New people on this domain are invited instead of added; members keep their access.`,
      "Sign-in links are no longer mailed to addresses on it. To verify it again, set the new record; an operator can give you a link.",
    ],
    action: { label: "Show DNS details", path: settings(data, "security") },
    footer: `You get this as an admin of ${data.workspace}.`,
  }),
};
