import { parseBulk, type RunOperation, runBulk } from "./bulk/bulk";
import { discover, type Features } from "./discovery";
import { badRequest, notFound, type ScimError } from "./error";
import type { ScimAnswer, ScimRequest } from "./exchange";
import { isMessage } from "./message";
import { type Operation, parsePatch } from "./patch/operations";
import { type Seal, writeCursor } from "./query/cursor";
import { Json, JsonPieces } from "./query/lazy-list";
import {
  type ListQuery,
  listResponse,
  listResponsePieces,
  listResponseText,
  type Page,
  type Place,
  parseListQuery,
  parseQuery,
  parseSearch,
} from "./query/list";
import { type Expect, expectOf, namesTag } from "./resource/etag";
import { type ParsedResource, parseResource, type Reading } from "./resource/resource";
import {
  locationOf,
  parseSelection,
  partsSerializer,
  type Selection,
  type Stored,
  serializer,
  textSerializer,
  versionTag,
  withWritten,
} from "./resource/serialize";
import type { Route } from "./route";
import type { ResourceType, Values } from "./schema/schema";
import { cutText } from "./text";

/**
 * What a product implements for a type of resource. Each method gets the caller first; `expect` throws 412 when the version
 * that the store holds is not one the client named, and is called inside the store's transaction (E3).
 */
export type ResourceStore<Caller> = {
  type: ResourceType;
  /** Whether tags hold a digest of what is computed, behind a dash: what this type shows besides its version. */
  isComputed: boolean;
  create: (caller: Caller, values: Values, selection: Selection) => Promise<Stored>;
  find: (caller: Caller, id: string, selection: Selection) => Promise<Stored | null>;
  list: (caller: Caller, query: ListQuery) => Promise<Page<Stored>>;
  replace: (
    caller: Caller,
    id: string,
    parsed: ParsedResource,
    expect: Expect,
    selection: Selection,
  ) => Promise<Stored>;
  patch: (
    caller: Caller,
    id: string,
    operations: Operation[],
    expect: Expect,
    selection: Selection,
  ) => Promise<Stored | Unsent>;
  delete: (caller: Caller, id: string, expect: Expect) => Promise<void>;
};

/** A resource that was changed and is too large to be sent back (204). */
export type Unsent = { isUnsent: true; version: number };

export type Service<Caller> = {
  stores: readonly ResourceStore<Caller>[];
  features: Features;
  /** Public address of the service, without a trailing slash. */
  base: string;
  /** A page over several types at once, each with its own reading of the query. */
  listAll: (caller: Caller, parts: Part<Caller>[]) => Promise<Page<Found>>;
  /** How cursors for this caller are sealed. */
  seal: (caller: Caller) => Seal;
  /** How an operation of a Bulk is run: authorised, logged and counted like one that comes alone (K9). */
  operate: (caller: Caller) => RunOperation;
};

export type Part<Caller> = { store: ResourceStore<Caller>; query: ListQuery };
export type Found = { type: ResourceType; stored: Stored };

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** Whether a text has the form of an id: a canonical lower-case UUID; any other spelling is nobody's (DESIGN §4). */
export function isId(text: unknown): text is string {
  return typeof text === "string" && uuid.test(text);
}

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

type Call<Caller> = {
  service: Service<Caller>;
  store: ResourceStore<Caller>;
  request: ScimRequest;
  caller: Caller;
  reading: Reading;
  query: ReadonlyMap<string, string>;
};

function knownId(id: string, type: ResourceType): string {
  if (isId(id)) return id;
  throw noSuch(type, id);
}

function noSuch(type: ResourceType, id: string): ScimError {
  return notFound(`There is no ${type.name} with the id ${JSON.stringify(cutText(id, 100))} in this workspace.`);
}

function answerOne<Caller>(
  { service, store }: Call<Caller>,
  status: number,
  stored: Stored,
  selection: Selection,
): ScimAnswer {
  const location = locationOf(stored.id, store.type, service.base);
  const headers = { location, "content-location": location, etag: versionTag(stored) };
  const { type } = store;
  const body = stored.json
    ? new Json(textSerializer(type, selection, service.base)(stored))
    : serializer(type, selection, service.base)(stored);
  return { status, headers, body };
}

async function create<Caller>(call: Call<Caller>): Promise<ScimAnswer> {
  const { store, caller, request, reading, query } = call;
  const parsed = parseResource(request.body, store.type, reading);
  const selection = withWritten(parseSelection(query, store.type), parsed.paths);
  return answerOne(call, 201, await store.create(caller, parsed.values, selection), selection);
}

async function list<Caller>(
  { service, store, caller }: Call<Caller>,
  query: ReadonlyMap<string, string>,
): Promise<ScimAnswer> {
  const { type } = store;
  const seal = service.seal(caller);
  const wanted = parseListQuery(query, type, type.endpoint, seal);
  const page = await store.list(caller, wanted);
  const place = placeOf(page, wanted, type.endpoint, query, seal);
  return { status: 200, headers: {}, body: bodyOf(page, place, type, wanted.selection, service.base) };
}

/** A page as it is sent: a large one in pieces, one that is JSON already as a text, any other as a value. */
function bodyOf(
  { resources, total }: Page<Stored>,
  place: Place,
  type: ResourceType,
  selection: Selection,
  base: string,
): object {
  if (isLarge(resources)) {
    const show = partsSerializer(type, selection, base);
    return new JsonPieces(listResponsePieces(resources, show, total, place));
  }
  if (resources.some(({ json }) => json))
    return new Json(listResponseText(resources.map(textSerializer(type, selection, base)), total, place));
  return listResponse(resources.map(serializer(type, selection, base)), total, place);
}

/** Characters of a page that is still put together. */
const maxWhole = 262_144;

/** Whether the resources that are JSON already make a large page. */
function isLarge(resources: readonly Stored[]): boolean {
  let length = 0;
  return resources.some(({ json }) => {
    for (const part of json?.values ?? []) length += part.length;
    return length > maxWhole;
  });
}

/** A query over all types: each reads the parameters its own way, and what it has not is absent from its resources (F18, Q16). */
async function listAll<Caller>(
  service: Service<Caller>,
  caller: Caller,
  query: ReadonlyMap<string, string>,
): Promise<ScimAnswer> {
  const seal = service.seal(caller);
  const parts = service.stores.map((store) => ({
    store,
    query: parseListQuery(query, store.type, "", seal, "absent"),
  }));
  const [first] = parts;
  if (!first) throw new Error("a service without resource types");
  checkSort(parts);
  const page = await service.listAll(caller, parts);
  const shows = new Map(
    parts.map(({ store: { type }, query: { selection } }) => [type, serializer(type, selection, service.base)]),
  );
  const resources = page.resources.map(({ type, stored }) => shows.get(type)?.(stored) ?? {});
  const place = placeOf(page, first.query, "", query, seal);
  return { status: 200, headers: {}, body: listResponse(resources, page.total, place) };
}

/** At least one type has what the list is to be ordered by, and those that have it agree on what kind of value it is. */
function checkSort<Caller>(parts: Part<Caller>[]): void {
  const sorts = parts.map(({ query }) => query.sort).filter((sort) => sort !== null);
  const kinds = new Set(sorts.flatMap(({ path }) => (path === null ? [] : [(path.sub ?? path.attribute).type])));
  if (sorts.length > 0 && kinds.size === 0)
    throw badRequest("invalidValue", "sortBy names no attribute of any resource type.");
  if (kinds.size > 1)
    throw badRequest("invalidValue", "sortBy names attributes of different kinds: search one resource type at a time.");
}

function placeOf(
  { next }: Page<unknown>,
  { start, count }: ListQuery,
  endpoint: string,
  query: ReadonlyMap<string, string>,
  seal: Seal,
): Place {
  if ("index" in start) return { startIndex: start.index };
  return { nextCursor: next === null ? null : writeCursor(next, count, endpoint, query, seal) };
}

async function bulk<Caller>(service: Service<Caller>, caller: Caller, request: ScimRequest): Promise<ScimAnswer> {
  const parsed = parseBulk(request.body, service.features.bulk.maxOperations);
  const body = await runBulk(parsed, { base: service.base, requestId: request.id, run: service.operate(caller) });
  return { status: 200, headers: {}, body };
}

async function read<Caller>(call: Call<Caller>, id: string): Promise<ScimAnswer> {
  const { store, caller, request, query } = call;
  const selection = parseSelection(query, store.type);
  const stored = await store.find(caller, id, selection);
  if (!stored) throw noSuch(store.type, id);
  const known = request.header("if-none-match");
  if (known !== undefined && namesTag(known, versionTag(stored))) {
    return { status: 304, headers: { etag: versionTag(stored) }, body: null };
  }
  return answerOne(call, 200, stored, selection);
}

async function replace<Caller>(call: Call<Caller>, id: string): Promise<ScimAnswer> {
  const { store, caller, request, reading, query } = call;
  const parsed = parseResource(request.body, store.type, reading);
  const selection = withWritten(parseSelection(query, store.type), parsed.paths);
  return answerOne(
    call,
    200,
    await store.replace(caller, id, parsed, expectOf(request.header("if-match"), store), selection),
    selection,
  );
}

/** Operations that can't be are told before an id that is nobody's (DESIGN §5 "Order of checks"). */
async function patch<Caller>(call: Call<Caller>, given: string): Promise<ScimAnswer> {
  const { store, caller, request, reading, query } = call;
  if (!isMessage(request.body, "PatchOp")) knownId(given, store.type); // what is no PATCH at all is not read for an id that can't be
  const operations = parsePatch(request.body, store.type, reading, given);
  const id = knownId(given, store.type);
  const targets = operations.map(({ target }) => target);
  const selection = withWritten(parseSelection(query, store.type), targets);
  const stored = await store.patch(caller, id, operations, expectOf(request.header("if-match"), store), selection);
  if (!("isUnsent" in stored)) return answerOne(call, 200, stored, selection);
  const location = locationOf(id, store.type, call.service.base);
  return { status: 204, headers: { location, etag: versionTag(stored) }, body: null };
}

async function remove<Caller>({ store, caller, request }: Call<Caller>, id: string): Promise<ScimAnswer> {
  await store.delete(caller, id, expectOf(request.header("if-match"), store));
  return { status: 204, headers: {}, body: null };
}
