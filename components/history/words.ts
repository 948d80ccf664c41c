import type { HistoryItem } from "@/lib/api/history";
import type { Translator } from "@/lib/messages/room";

/** How many people joined or left a team: part of what happened, not a change of an attribute. */
const movedName = "membersMoved";

/** What happened, such as "Suspended"; an action without a text is named as the audit log names it. */
export function historyLabel({ change, request }: Pick<HistoryItem, "change" | "request">, t: Translator<"history">) {
  if (change === null) return t((request?.status ?? 0) >= 400 ? "refused" : "unchanged");
  const key = `action.${change.action.replace(".", "_")}` as "action.team_updated";
  const moved = Number(change.after?.[movedName] ?? 0);
  return t.has(key) ? t(key, { moved }) : change.action;
}

type Change = { name: string; before: string | null; after: string | null };

/** An attribute's name without the URN of its extension, which would hide it. */
const shortName = (name: string) => name.replace(/^urn:[\w.:-]+:\w+\.(?=\w)/, "");

/** What an audit event says has changed, name by name; nested values by their path. */
export function changesOf({ before, after }: NonNullable<HistoryItem["change"]>): Change[] {
  const [old, next] = [new Map(flatten(before ?? {})), new Map(flatten(after ?? {}))];
  const names = [...new Set([...old.keys(), ...next.keys()])];
  return names
    .map((name) => ({ name, before: old.get(name) ?? null, after: next.get(name) ?? null }))
    .filter((change) => change.before !== change.after && change.name !== movedName)
    .map((change) => ({ ...change, name: shortName(change.name) }));
}

/** The values of an object with their paths; stored attributes stand beside the others. */
function flatten(value: object, path = ""): [path: string, value: string][] {
  return Object.entries(value).flatMap(([key, part]): [string, string][] => {
    const name = path === "" || path === "attributes" ? key : `${path}.${key}`;
    if (part === null || part === undefined) return [];
    return typeof part === "object" ? flatten(part, name) : [[name, String(part)]];
  });
}
