import { notFound, ScimError } from "./error";

/** An operation of the table below, with the id or name from the path. */
export type Route =
  | { kind: "create" | "list" | "search"; type: string; id: null }
  | { kind: "read" | "replace" | "patch" | "delete"; type: string; id: string }
  | { kind: "listAll" | "searchAll" | "bulk"; type: null; id: null }
  | { kind: "config" | "types" | "schemas"; type: null; id: null }
  | { kind: "type" | "schema"; type: null; id: string };

type Kind = Route["kind"];

/** The access an operation needs from a token. */
export type Access = "nothing" | "read" | "write";

/** The methods of a path, each with its operation. */
type Methods = Readonly<Record<string, Kind>>;

/** At a resource type and below it; the key is a name in lower case or `{id}`. */
const ofType: Readonly<Record<string, Methods>> = {
  "": { GET: "list", POST: "create" },
  ".search": { POST: "search" },
  "{id}": { GET: "read", PUT: "replace", PATCH: "patch", DELETE: "delete" },
};

/** Outside the types: the query across them, its POST form, Bulk and discovery (RFC 7644 §3.4.2.1, §3.4.3, §3.7, §4). */
const ofRoot: Readonly<Record<string, Methods>> = {
  "": { GET: "listAll" },
  ".search": { POST: "searchAll" },
  bulk: { POST: "bulk" },
  serviceproviderconfig: { GET: "config" },
  resourcetypes: { GET: "types" },
  "resourcetypes/{id}": { GET: "type" },
  schemas: { GET: "schemas" },
  "schemas/{id}": { GET: "schema" },
};

const access: Readonly<Record<Kind, Access>> = {
  config: "nothing",
  listAll: "read",
  searchAll: "read",
  list: "read",
  search: "read",
  read: "read",
  types: "read",
  type: "read",
  schemas: "read",
  schema: "read",
  create: "write",
  replace: "write",
  patch: "write",
  delete: "write",
  bulk: "write",
};

/** ServiceProviderConfig answers without a token; reading needs read, everything else read-write (D-05, D-03). */
export function accessOf({ kind }: { kind: Kind }): Access {
  return access[kind];
}

/** Every operation of a service, with `{id}` for an id or name; tests build their matrices from it. */
export function listOperations(types: readonly { name: string; endpoint: string }[]) {
  const rows = (before: string, table: Readonly<Record<string, Methods>>, type: string | null) =>
    Object.entries(table).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, kind]) => ({ method, path: `${before}/${path}`, kind, type })),
    );
  return [...rows("", ofRoot, null), ...types.flatMap(({ name, endpoint }) => rows(endpoint, ofType, name))];
}

/**
 * The path below the base URL as its segments. Trailing and doubled slashes don't matter. Encoded slashes and dots, `.` and `..` are
 * rejected: they are meant to be read differently by two programs (T17).
 */
export function segmentsOf(path: string): string[] {
  if (/%(2f|2e|5c|00)/i.test(path) || path.includes("\\") || path.includes(";"))
    throw notFound("There is no such path.");
  const segments = path.split("/").filter((segment) => segment !== "");
  if (segments.some((segment) => segment === "." || segment === "..")) throw notFound("There is no such path.");
  try {
    return segments.map(decodeURIComponent);
  } catch {
    throw notFound("There is no such path.");
  }
}

/**
 * Finds the operation for a method and the segments of a path. `endpoints` are the resource types by their lower-case first segment. Throws
 * 404 for an unknown path, 405 for a method that the path doesn't support, 501 for a part of the standard that this service doesn't
 * implement.
 */
export function findRoute(method: string, segments: readonly string[], endpoints: ReadonlyMap<string, string>): Route {
  const [first = "", id, ...rest] = segments;
  const name = first.toLowerCase();
  const type = endpoints.get(name) ?? null;
  const methods = rest.length > 0 ? undefined : type === null ? atRoot(name, id) : atType(id);
  if (!methods) throw missing(name);
  const kind = Object.hasOwn(methods, method) ? methods[method] : undefined;
  if (kind === undefined) throw notAllowed(method, Object.keys(methods).join(", "));
  const isNamed = id !== undefined && kind !== "search";
  return { kind, type, id: isNamed ? id : null } as Route;
}

function atRoot(name: string, id: string | undefined): Methods | undefined {
  const path = id === undefined ? name : `${name}/{id}`;
  return Object.hasOwn(ofRoot, path) ? ofRoot[path] : undefined;
}

function atType(id: string | undefined): Methods | undefined {
  if (id === undefined) return ofType[""];
  return id.toLowerCase() === ".search" ? ofType[".search"] : ofType["{id}"];
}

function notAllowed(method: string, allow: string): ScimError {
  return new ScimError(405, undefined, `${method} is not possible here; ${allow} is.`, { allow });
}

function missing(name: string): ScimError {
  if (name === "me")
    return new ScimError(501, undefined, "/Me is not there: a token acts for the workspace, not for a person.");
  return notFound("There is no such path. Users are at /Users, groups at /Groups.");
}
