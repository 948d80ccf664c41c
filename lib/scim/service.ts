import { parseQuery, parseSearch } from "@/lib/scim/query/list";
import type { Reading } from "@/lib/scim/resource/resource";
import type { ResourceType } from "@/lib/scim/schema/schema";
import { bulk, type Call, create, knownId, list, listAll, patch, read, remove, replace } from "./answers";
import { discover } from "./discovery";
import type { ScimAnswer, ScimRequest } from "./exchange";
import type { Route } from "./route";
import type { Service } from "./store";

/** Resource types by their lower-case first path segment, for findRoute. */
export function endpointsOf(stores: readonly { type: ResourceType }[]): ReadonlyMap<string, string> {
  return new Map(stores.map(({ type }) => [type.endpoint.slice(1).toLowerCase(), type.name]));
}

/** Runs an operation. Throws ScimError, or any error of a store. */
export async function runRoute<Caller>(
  service: Service<Caller>,
  route: Route,
  request: ScimRequest,
  caller: Caller,
  reading: Reading,
): Promise<ScimAnswer> {
  const query = parseQuery(request.query);
  switch (route.kind) {
    case "listAll":
      return listAll(service, caller, query);
    case "searchAll":
      return listAll(service, caller, parseSearch(request.body));
    case "bulk":
      return bulk(service, caller, request);
    case "config":
    case "types":
    case "type":
    case "schemas":
    case "schema":
      return discover(service, route, query);
    default:
      return runOnType(service, route, { request, caller, reading, query });
  }
}

function runOnType<Caller>(
  service: Service<Caller>,
  route: Extract<Route, { type: string }>,
  given: Pick<Call<Caller>, "request" | "caller" | "reading" | "query">,
): Promise<ScimAnswer> {
  const store = service.stores.find(({ type }) => type.name === route.type);
  if (!store) throw new Error(`no store for ${route.type}`);
  const call = { ...given, service, store };
  switch (route.kind) {
    case "create":
      return create(call);
    case "list":
      return list(call, call.query);
    case "search":
      return list(call, parseSearch(call.request.body));
    case "read":
      return read(call, knownId(route.id, store.type));
    case "replace":
      return replace(call, knownId(route.id, store.type));
    case "patch":
      return patch(call, route.id);
    case "delete":
      return remove(call, knownId(route.id, store.type));
    default:
      return route satisfies never;
  }
}
