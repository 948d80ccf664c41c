import type { Caller } from "@/lib/provisioning/http/caller";
import { findUnion } from "@/lib/provisioning/pages/union";
import type { Page } from "@/lib/scim/query/list";
import type { Found, Part } from "@/lib/scim/store";
import { userType } from "./columns";
import { groupSource, showGroups } from "./groups";
import { showUsers, userSource } from "./users";

/** A page over people and teams together (RFC 7644 §3.4.2.1). */
export async function findRoot(caller: Caller, parts: Part<Caller>[]): Promise<Page<Found>> {
  const sources = parts.map(({ store, query }) => ({
    query,
    source: store.type.name === userType.name ? userSource(query.selection) : groupSource(query.selection),
  }));
  const { resources, ...page } = await findUnion(caller.actor.workspaceId, sources);
  const storedById = parts.map(({ store }, part) => {
    const rows = resources.filter((found) => found.part === part).map(({ row }) => row);
    const stored = store.type.name === userType.name ? showUsers(rows) : showGroups(rows);
    return new Map(stored.map((one) => [one.id, { type: store.type, stored: one }]));
  });
  return { ...page, resources: resources.flatMap(({ part, row }) => storedById[part]?.get(row.id) ?? []) };
}
