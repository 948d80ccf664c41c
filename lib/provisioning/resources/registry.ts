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

/** The resource types of a workspace, with its own extensions and their stores. */
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

/** The registry of a workspace that declares no schemas. */
export const builtIn = registryOf(userType, groupType);

type Remembered = { settingsVersion: number; registry: Registry };

/** The most workspaces with a cached registry; the rest are read again. */
const maxRemembered = 1_000;
const remembered = new Map<string, Remembered>();

/** The registry of a token's workspace. Read again when the workspace's settings have changed. */
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
