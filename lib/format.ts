import type { Translator } from "./messages/room";
import { cutText } from "./text";

const steps: [limit: number, seconds: number, unit: Intl.RelativeTimeFormatUnit][] = [
  [60, 1, "second"],
  [3_600, 60, "minute"],
  [86_400, 3_600, "hour"],
  [30 * 86_400, 86_400, "day"],
  [365 * 86_400, 30 * 86_400, "month"],
  [Number.POSITIVE_INFINITY, 365 * 86_400, "year"],
];

const relative = new Intl.RelativeTimeFormat("en", { numeric: "auto" });

/** "5 minutes ago", "in 3 days"; below 45 seconds "just now" or "in a moment". `now` is in milliseconds. */
export function relativeTime(at: string, now: number, t: Translator<"common">): string {
  const seconds = (new Date(at).getTime() - now) / 1000;
  if (Math.abs(seconds) < 45) return t(seconds > 2 ? "time.soon" : "time.now");
  const [, size, unit] = steps.find(([limit]) => Math.abs(seconds) < limit) ?? [0, 1, "second" as const];
  return relative.format(Math.trunc(seconds / size), unit);
}

/** Local time with seconds, and the same in UTC. */
export function exactTime(at: string): string {
  const local = new Intl.DateTimeFormat("en", { dateStyle: "medium", timeStyle: "medium" }).format(new Date(at));
  return `${local} (${at.replace("T", " ").slice(0, 19)} UTC)`;
}

/** 31 Jan 2027 */
export function shortDate(at: string): string {
  return new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", year: "numeric", timeZone: "UTC" }).format(
    new Date(at),
  );
}

/** Values for a text that leaves a part out when there is nothing to name: `{hasBy, select, no {} other { by {by}}}`. */
export function optional<Name extends string>(name: Name, value: string | null | undefined) {
  const has = `has${name.charAt(0).toUpperCase()}${name.slice(1)}`;
  return { [name]: value || "", [has]: value ? "yes" : "no" } as Record<Name | `has${Capitalize<Name>}`, string>;
}

/** Up to two letters for an avatar. */
export function initials(name: string): string {
  const words = name.split(/[\s@.]+/).filter((word) => word !== "");
  return words
    .slice(0, 2)
    .map((word) => [...word][0]?.toUpperCase() ?? "")
    .join("");
}

/** "Chrome on macOS" from a User-Agent; the User-Agent itself if it isn't a known browser. */
export function agentName(agent: string | null, t: Translator<"common">): string {
  if (!agent) return t("agent.unknown");
  const browser = /(Edg|Firefox|OPR|Chrome|Safari)\//.exec(agent)?.[1];
  if (!browser) return agent.length > 40 ? `${cutText(agent, 40)}…` : agent;
  const system = /(Windows|Mac OS X|Android|iPhone|iPad|Linux)/.exec(agent)?.[1];
  const names: Record<string, string> = { Edg: "Edge", OPR: "Opera", "Mac OS X": "macOS" };
  const name = names[browser] ?? browser;
  return system ? t("agent.onSystem", { browser: name, system: names[system] ?? system }) : name;
}
