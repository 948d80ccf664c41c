import { parseBulk, runBulk } from "@/lib/scim/bulk/bulk";
import { parsePatch } from "@/lib/scim/patch/operations";
import { type Seal, writeCursor } from "@/lib/scim/query/cursor";
import { Json, JsonPieces } from "@/lib/scim/query/lazy-list";
import {
  type ListQuery,
  listResponse,
  listResponsePieces,
  listResponseText,
  type Page,
  type Place,
  parseListQuery,
} from "@/lib/scim/query/list";
import { expectOf, namesTag } from "@/lib/scim/resource/etag";
import { parseResource, type Reading } from "@/lib/scim/resource/resource";
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
} from "@/lib/scim/resource/serialize";
import type { ResourceType } from "@/lib/scim/schema/schema";
import { badRequest, notFound, type ScimError } from "./error";
import type { ScimAnswer, ScimRequest } from "./exchange";
import { isMessage } from "./message";
import { isId, type Part, type ResourceStore, type Service } from "./store";
import { cutText } from "./text";

export type Call<Caller> = {
  service: Service<Caller>;
  store: ResourceStore<Caller>;
  request: ScimRequest;
  caller: Caller;
  reading: Reading;
  query: ReadonlyMap<string, string>;
};

export function knownId(id: string, type: ResourceType): string {
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

export async function create<Caller>(call: Call<Caller>): Promise<ScimAnswer> {
  const { store, caller, request, reading, query } = call;
  const parsed = parseResource(request.body, store.type, reading);
  const selection = withWritten(parseSelection(query, store.type), parsed.paths);
  return answerOne(call, 201, await store.create(caller, parsed.values, selection), selection);
}

export async function list<Caller>(
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

/** The body of a page: in pieces if it is large, as text if its resources are JSON already, and otherwise as a value. */
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

/** Characters of a page that is sent as one text. */
const maxWhole = 262_144;

/** Whether resources that are JSON already add up to a large page. */
function isLarge(resources: readonly Stored[]): boolean {
  let length = 0;
  return resources.some(({ json }) => {
    for (const part of json?.values ?? []) length += part.length;
    return length > maxWhole;
  });
}

/**
 * A query over all types: each interprets the parameters itself, and attributes that it doesn't have are absent from its resources (F18,
 * Q16).
 */
export async function listAll<Caller>(
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

/** At least one type must have the sort attribute, and all types that have it must agree on its type. */
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

export async function bulk<Caller>(
  service: Service<Caller>,
  caller: Caller,
  request: ScimRequest,
): Promise<ScimAnswer> {
  const parsed = parseBulk(request.body, service.features.bulk.maxOperations);
  const body = await runBulk(parsed, { base: service.base, requestId: request.id, run: service.operate(caller) });
  return { status: 200, headers: {}, body };
}

export async function read<Caller>(call: Call<Caller>, id: string): Promise<ScimAnswer> {
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

export async function replace<Caller>(call: Call<Caller>, id: string): Promise<ScimAnswer> {
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

/** Invalid operations are reported before an unknown id (D-62). */
export async function patch<Caller>(call: Call<Caller>, given: string): Promise<ScimAnswer> {
  const { store, caller, request, reading, query } = call;
  if (!isMessage(request.body, "PatchOp")) knownId(given, store.type); // a body that is not a PATCH is not parsed if the id can't exist
  const operations = parsePatch(request.body, store.type, reading, given);
  const id = knownId(given, store.type);
  const targets = operations.map(({ target }) => target);
  const selection = withWritten(parseSelection(query, store.type), targets);
  const stored = await store.patch(caller, id, operations, expectOf(request.header("if-match"), store), selection);
  if (!("isUnsent" in stored)) return answerOne(call, 200, stored, selection);
  const location = locationOf(id, store.type, call.service.base);
  return { status: 204, headers: { location, etag: versionTag(stored) }, body: null };
}

export async function remove<Caller>({ store, caller, request }: Call<Caller>, id: string): Promise<ScimAnswer> {
  await store.delete(caller, id, expectOf(request.header("if-match"), store));
  return { status: 204, headers: {}, body: null };
}
