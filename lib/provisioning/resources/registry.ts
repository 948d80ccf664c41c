import type { Caller } from "@/lib/provisioning/http/caller";
import { type Secrets, secretsOf } from "@/lib/provisioning/http/redact";
import { extendType } from "@/lib/scim/schema/declare";
import type { ResourceType } from "@/lib/scim/schema/schema";
import { endpointsOf } from "@/lib/scim/service";
import type { ResourceStore } from "@/lib/scim/store";
import type { TokenHolder } from "@/lib/workspace/access/token-holder";
import { groupType, userType } from "./columns";
import { groupStore } from "./groups";
import { listSchemaExtensions } from "./schema-extensions";
import { userStore } from "./users";

/** What a workspace serves: its resource types with its own extensions, each with its store. */
export type Registry = {
  stores: readonly ResourceStore<Caller>[];
  /** First path segments by lower case. */
  endpoints: ReadonlyMap<string, string>;
  secrets: Secrets;
};

function registryOf(user: ResourceType, group: ResourceType): Registry {
  const stores = [userStore(user), groupStore(group)];
  return { stores, endpoints: endpointsOf(stores), secrets: secretsOf([user, group]) };
}

/** What every workspace serves before it declares anything of its own. */
export const builtIn = registryOf(userType, groupType);

type Remembered = { settingsVersion: number; registry: Registry };

/** Workspaces whose registries are remembered; the rest are read again. */
const maxRemembered = 1_000;
const remembered = new Map<string, Remembered>();

/** What the workspace of a token serves. Read again when its settings have moved on. */
export async function findRegistry({
  workspaceId,
  settingsVersion,
}: Pick<TokenHolder, "workspaceId" | "settingsVersion">): Promise<Registry> {
  const known = remembered.get(workspaceId);
  if (known?.settingsVersion === settingsVersion) return known.registry;
  const registry = await readRegistry(workspaceId);
  if (remembered.size >= maxRemembered) remembered.clear();
  remembered.set(workspaceId, { settingsVersion, registry });
  return registry;
}

async function readRegistry(workspaceId: string): Promise<Registry> {
  const own = await listSchemaExtensions(workspaceId);
  if (own.length === 0) return builtIn;
  const extended = (type: ResourceType) =>
    extendType(
      type,
      own.filter(({ resourceType }) => resourceType === type.name),
    );
  return registryOf(extended(userType), extended(groupType));
}
