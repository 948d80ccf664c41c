import { describeSchema, describeService, describeType, type Features, listSchemas } from "./discovery";
import { notFound, ScimError } from "./error";
import { type ListQuery, listResponse, parseListQuery, parseQuery, parseSearch } from "./list";
import { type Operation, parsePatch } from "./operations";
import { type ParsedResource, parseResource, type Reading } from "./resource";
import type { Route } from "./route";
import type { ResourceType, Values } from "./schema";
import { locationOf, parseSelection, type Selection, type Stored, serialize, versionTag } from "./serialize";

/**
 * What a product implements for a type of resource. Each method gets the caller first; `expect` throws 412 when the version
 * that the store holds is not one the client named, and is called inside the store's transaction (E3).
 */
export type ResourceStore<Caller> = {
  type: ResourceType;
  create: (caller: Caller, values: Values) => Promise<Stored>;
  find: (caller: Caller, id: string, selection: Selection) => Promise<Stored | null>;
  list: (caller: Caller, query: ListQuery) => Promise<{ total: number; resources: Stored[] }>;
  replace: (
    caller: Caller,
    id: string,
    parsed: ParsedResource,
    expect: Expect,
    selection: Selection,
  ) => Promise<Stored>;
  /** null: changed, but too large to be sent back (204). */
  patch: (
    caller: Caller,
    id: string,
    operations: Operation[],
    expect: Expect,
    selection: Selection,
  ) => Promise<Stored | null>;
  delete: (caller: Caller, id: string, expect: Expect) => Promise<void>;
  /** Whether a resource can be answered with 304: false where it shows what its version does not count. */
  isCacheable: (selection: Selection) => boolean;
};

/** Throws 412 when this version is not what the client asked for in If-Match. */
type Expect = (version: number) => void;

export type Service<Caller> = {
  stores: readonly ResourceStore<Caller>[];
  features: Features;
  /** Public address of the service, without a trailing slash. */
  base: string;
};

/** A request as plain data; `header` finds by lower-case name, `body` is parsed JSON. */
export type ScimRequest = {
  query: string;
  header: (name: string) => string | undefined;
  body: unknown;
};

/** An answer as plain data; `body` null means none. */
export type ScimAnswer = { status: number; headers: Record<string, string>; body: object | null };

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** First path segments by lower case, for findRoute. */
export function endpointsOf(stores: readonly { type: ResourceType }[]): ReadonlyMap<string, string> {
  return new Map(stores.map(({ type }) => [type.endpoint.slice(1).toLowerCase(), type.name]));
}

/** Runs an operation. Throws ScimError, or what a store throws. */
export async function runRoute<Caller>(
  service: Service<Caller>,
  route: Route,
  request: ScimRequest,
  caller: Caller,
  reading: Reading,
): Promise<ScimAnswer> {
  if (route.type === null) return discover(service, route, request);
  const store = service.stores.find(({ type }) => type.name === route.type);
  if (!store) throw new Error(`no store for ${route.type}`);
  const call = { service, store, request, caller, reading, query: parseQuery(request.query) };
  switch (route.kind) {
    case "create":
      return create(call);
    case "list":
      return list(call, call.query);
    case "search":
      return list(call, parseSearch(request.body));
    case "read":
      return read(call, knownId(route.id, store.type));
    case "replace":
      return replace(call, knownId(route.id, store.type));
    case "patch":
      return patch(call, knownId(route.id, store.type));
    case "delete":
      return remove(call, knownId(route.id, store.type));
    default:
      return route satisfies never;
  }
}

type Call<Caller> = {
  service: Service<Caller>;
  store: ResourceStore<Caller>;
  request: ScimRequest;
  caller: Caller;
  reading: Reading;
  query: ReadonlyMap<string, string>;
};

/** Ids are canonical lower-case UUIDs; any other spelling is nobody's (DESIGN §4). */
function knownId(id: string, type: ResourceType): string {
  if (uuid.test(id)) return id;
  throw noSuch(type, id);
}

function noSuch(type: ResourceType, id: string): ScimError {
  return notFound(`There is no ${type.name} with the id ${JSON.stringify(id.slice(0, 100))} in this workspace.`);
}

function answerOne<Caller>(
  { service, store }: Call<Caller>,
  status: number,
  stored: Stored,
  selection: Selection,
): ScimAnswer {
  const location = locationOf(stored.id, store.type, service.base);
  const headers = { location, "content-location": location, etag: versionTag(stored.version) };
  return { status, headers, body: serialize(stored, store.type, selection, service.base) };
}

async function create<Caller>(call: Call<Caller>): Promise<ScimAnswer> {
  const { store, caller, request, reading, query } = call;
  const selection = parseSelection(query, store.type);
  const { values } = parseResource(request.body, store.type, reading);
  return answerOne(call, 201, await store.create(caller, values), selection);
}

async function list<Caller>(
  { service, store, caller }: Call<Caller>,
  query: ReadonlyMap<string, string>,
): Promise<ScimAnswer> {
  const wanted = parseListQuery(query, store.type);
  const { total, resources } = await store.list(caller, wanted);
  const bodies = resources.map((stored) => serialize(stored, store.type, wanted.selection, service.base));
  return { status: 200, headers: {}, body: listResponse(bodies, total, wanted.startIndex) };
}

async function read<Caller>(call: Call<Caller>, id: string): Promise<ScimAnswer> {
  const { store, caller, request, query } = call;
  const selection = parseSelection(query, store.type);
  const stored = await store.find(caller, id, selection);
  if (!stored) throw noSuch(store.type, id);
  const known = request.header("if-none-match");
  if (known !== undefined && store.isCacheable(selection) && namesVersion(known, stored.version)) {
    return { status: 304, headers: { etag: versionTag(stored.version) }, body: null };
  }
  return answerOne(call, 200, stored, selection);
}

async function replace<Caller>(call: Call<Caller>, id: string): Promise<ScimAnswer> {
  const { store, caller, request, reading, query } = call;
  const selection = parseSelection(query, store.type);
  const parsed = parseResource(request.body, store.type, reading);
  return answerOne(call, 200, await store.replace(caller, id, parsed, expectOf(request), selection), selection);
}

async function patch<Caller>(call: Call<Caller>, id: string): Promise<ScimAnswer> {
  const { store, caller, request, reading, query } = call;
  const selection = parseSelection(query, store.type);
  const operations = parsePatch(request.body, store.type, reading);
  const stored = await store.patch(caller, id, operations, expectOf(request), selection);
  return stored ? answerOne(call, 200, stored, selection) : { status: 204, headers: {}, body: null };
}

async function remove<Caller>({ store, caller, request }: Call<Caller>, id: string): Promise<ScimAnswer> {
  await store.delete(caller, id, expectOf(request));
  return { status: 204, headers: {}, body: null };
}

/** `*`, or a list of tags compared weakly (RFC 7644 §3.14). */
function namesVersion(header: string, version: number): boolean {
  const opaque = versionTag(version).slice(2);
  return header.split(",").some((tag) => tag.trim() === "*" || tag.trim().replace(/^W\//, "") === opaque);
}

function expectOf(request: ScimRequest): Expect {
  const wanted = request.header("if-match");
  return (version) => {
    if (wanted === undefined || namesVersion(wanted, version)) return;
    throw new ScimError(
      412,
      undefined,
      `The resource has changed: its version is ${versionTag(version)}. Read it again.`,
    );
  };
}

/** Discovery is not searched (RFC 7644 §4): a filter is 403; paging and sorting are ignored (E8). */
function discover<Caller>(
  service: Service<Caller>,
  route: Extract<Route, { type: null }>,
  request: ScimRequest,
): ScimAnswer {
  if (parseQuery(request.query).has("filter"))
    throw new ScimError(403, undefined, "Discovery can't be filtered: read it whole.");
  const { base, features, stores } = service;
  const types = stores.map(({ type }) => type);
  switch (route.kind) {
    case "config":
      return found(describeService(features, base));
    case "types":
      return found(listAll(types.map((type) => describeType(type, base))));
    case "type":
      return found(
        itemOf(
          types.find(({ name }) => name.toLowerCase() === route.id.toLowerCase()),
          (type) => describeType(type, base),
        ),
      );
    case "schemas":
      return found(listAll(listSchemas(types).map((schema) => describeSchema(schema, base))));
    case "schema":
      return found(
        itemOf(
          listSchemas(types).find(({ id }) => id.toLowerCase() === route.id.toLowerCase()),
          (schema) => describeSchema(schema, base),
        ),
      );
    default:
      return route satisfies never;
  }
}

function found(body: Values): ScimAnswer {
  return { status: 200, headers: {}, body };
}

function listAll(items: Values[]): Values {
  return listResponse(items, items.length, 1);
}

function itemOf<Item>(item: Item | undefined, show: (item: Item) => Values): Values {
  if (item === undefined) throw notFound("There is no such item. /ResourceTypes and /Schemas list what there is.");
  return show(item);
}
