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

/** The most changes of one event that are listed. */
const maxChanges = 12;

/** What an audit event says has changed, name by name; nested values by their path. */
export function changesOf({ before, after }: NonNullable<HistoryItem["change"]>): Change[] {
  const [old, next] = [new Map(flatten(before ?? {})), new Map(flatten(after ?? {}))];
  const names = [...new Set([...old.keys(), ...next.keys()])];
  return names
    .map((name) => ({ name, before: old.get(name) ?? null, after: next.get(name) ?? null }))
    .filter((change) => change.before !== change.after && change.name !== movedName)
    .slice(0, maxChanges);
}

/** The values of an object with their paths; stored attributes stand beside the others. */
function flatten(value: object, path = ""): [path: string, value: string][] {
  return Object.entries(value).flatMap(([key, part]): [string, string][] => {
    // The URN of an extension would hide the name behind it.
    const name = path === "" || path === "attributes" || path.startsWith("urn:") ? key : `${path}.${key}`;
    if (part === null || part === undefined) return [];
    return typeof part === "object" ? flatten(part, name) : [[name, String(part)]];
  });
}
