import type { ICUArgs, MessageKeys, Messages, NestedKeyOf, NestedValueOf } from "use-intl/core";
import { translator } from "@/lib/messages/translator";

/** Why a rule refused. Each edge has a complete table from reason to its own protocol. */
export type Reason =
  | "not_found"
  | "last_admin"
  | "no_seat"
  | "seat_limit_below_use"
  | "user_name_taken"
  | "team_name_taken"
  | "team_name_blank"
  | "unknown_members"
  | "managed"
  | "mass_change_held"
  | "hold_decided"
  | "connection_ended"
  | "managed_elsewhere"
  | "no_verified_domain"
  | "stale_version"
  | "domain_not_valid"
  | "domain_refused"
  | "domain_taken"
  | "domain_already_added"
  | "last_domain"
  | "domain_lapsed"
  | "address_not_valid"
  | "already_member"
  | "slug_taken"
  | "slug_not_valid"
  | "name_blank"
  | "scope_not_known"
  | "scope_missing"
  | "expiry_in_past"
  | "token_ended"
  | "client_not_valid"
  | "admin_not_allowed"
  | "url_refused"
  | "event_not_known"
  | "too_many_webhooks"
  | "limit_reached"
  | "invite_dead"
  | "sign_in_first"
  | "asked_too_often"
  | "state_conflict"
  | "schema_incompatible"
  | "setup_done"
  | "list_not_valid";

type Texts = Messages["refusals"];

type TextKey = MessageKeys<Texts, NestedKeyOf<Texts>>;

/** A text of the catalogue: its reason, and which text of that reason. */
export type RefusalKey = `${Reason}.${string}` & TextKey;
type BecauseKey = `because.${string}` & TextKey;
type BecauseName = keyof Texts["because"];

type Arguments = { ICUArgument: string | Because; ICUNumberArgument: number; ICUDateArgument: Date };
type Values<Key extends TextKey> = ICUArgs<NestedValueOf<Texts, Key>, Arguments>;

/** The values that a text takes, or nothing where it takes none. */
type Given<Key extends TextKey> = keyof Values<Key> extends never ? [] : [values: Values<Key>];

/** Part of an explanation that is a text of its own, such as why a URL can't be used. */
export class Because {
  readonly key: BecauseKey;
  readonly values: object;

  constructor(key: BecauseKey, values: object = {}) {
    this.key = key;
    this.values = values;
  }

  toString(): string {
    return say(this, "en");
  }
}

/** A rule refused, and nothing was written. Throw it by `refusal(key, values)`, which the compiler checks. */
export class Refusal extends Error {
  /** Identifies a refusal. `instanceof` doesn't work, because modules exist twice in the process. */
  readonly kind = "refusal";
  readonly reason: Reason;
  /** Explains in English what to do; for SCIM, REST and the operator's command. */
  readonly detail: string;
  /** The same explanation for pages, which `inOurWords` translates. */
  readonly text: { key: RefusalKey; values: object };

  constructor(key: RefusalKey, values: object = {}) {
    const reason = key.slice(0, key.indexOf(".")) as Reason;
    const detail = say({ key, values }, "en");
    super(`${reason}: ${detail}`);
    this.reason = reason;
    this.detail = detail;
    this.text = { key, values };
  }
}

function say({ key, values }: { key: TextKey; values: object }, locale?: "en"): string {
  const inside = Object.entries(values).map(([name, value]) => [
    name,
    value instanceof Because ? say(value, locale) : value,
  ]);
  return translator("refusals", locale)(key, Object.fromEntries(inside) as never);
}

/** A refusal by the text that explains it. */
export function refusal<Key extends RefusalKey>(key: Key, ...[values]: Given<Key>): Refusal {
  return new Refusal(key, values);
}

/** A part of an explanation; `because("https")` is the text `because.https`. */
export function because<Name extends BecauseName>(name: Name, ...[values]: Given<`because.${Name}`>): Because {
  return new Because(`because.${name}`, values);
}

export function isRefusal(error: unknown): error is Refusal {
  return (error as { kind?: string } | null)?.kind === "refusal";
}

/** A refusal's explanation in the language of people. */
export function inOurWords({ text }: Refusal): string {
  return say(text);
}

/** Something that doesn't exist or belongs to another workspace: both give the same response. */
export function notFound(what: Exclude<keyof Texts["not_found"], "workspaceAt">): Refusal {
  return refusal(`not_found.${what}`);
}
