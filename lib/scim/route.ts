import { notFound, ScimError } from "./error";

/** An operation of the table in service.ts, with the id or name that the path holds. */
export type Route =
  | { kind: "create" | "list" | "search"; type: string; id: null }
  | { kind: "read" | "replace" | "patch" | "delete"; type: string; id: string }
  | { kind: "listAll" | "searchAll" | "bulk"; type: null; id: null }
  | { kind: "config" | "types" | "schemas"; type: null; id: null }
  | { kind: "type" | "schema"; type: null; id: string };

/** What an operation needs of a token. */
export type Access = "nothing" | "read" | "write";

const reads = new Set<Route["kind"]>([
  "list",
  "search",
  "listAll",
  "searchAll",
  "read",
  "types",
  "type",
  "schemas",
  "schema",
]);

/** ServiceProviderConfig answers without a token; reading needs read, everything else read-write (DESIGN §5). */
export function accessOf(route: Route): Access {
  if (route.kind === "config") return "nothing";
  return reads.has(route.kind) ? "read" : "write";
}

/**
 * The path below the base as its segments. A trailing slash and doubled slashes mean the same path; encoded slashes and
 * dots, `.` and `..` mean none: whoever writes them wants to be read differently by two programs (T17).
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

function notAllowed(method: string, allow: string): ScimError {
  return new ScimError(405, undefined, `${method} is not possible here; ${allow} is.`, { allow });
}

type Methods = Record<string, Route>;

function choose(method: string, methods: Methods): Route {
  const route = Object.hasOwn(methods, method) ? methods[method] : undefined;
  if (route) return route;
  throw notAllowed(method, Object.keys(methods).join(", "));
}

/**
 * Finds the operation of a method on the segments of a path. `endpoints` are the resource types' by lower-case first segment. Throws 404 for a path
 * that is none, 405 for a method that the path has not, 501 for what the standard knows and this service does not.
 */
export function findRoute(method: string, segments: readonly string[], endpoints: ReadonlyMap<string, string>): Route {
  const [first, id, ...rest] = segments;
  const name = first?.toLowerCase() ?? "";
  const type = endpoints.get(name);
  if (rest.length > 0) throw missing(name);
  if (type !== undefined) return ofType(method, type, id);
  return (id === undefined ? ofRoot(method, name) : null) ?? discovery(method, name, id) ?? unknown(name);
}

/** What stands beside the types: the query across them, its POST form, and Bulk (RFC 7644 §3.4.2.1, §3.4.3, §3.7). */
function ofRoot(method: string, name: string): Route | null {
  if (name === "") return choose(method, { GET: { kind: "listAll", type: null, id: null } });
  if (name === ".search") return choose(method, { POST: { kind: "searchAll", type: null, id: null } });
  if (name === "bulk") return choose(method, { POST: { kind: "bulk", type: null, id: null } });
  return null;
}

function ofType(method: string, type: string, id: string | undefined): Route {
  if (id === undefined) {
    return choose(method, { GET: { kind: "list", type, id: null }, POST: { kind: "create", type, id: null } });
  }
  if (id.toLowerCase() === ".search") return choose(method, { POST: { kind: "search", type, id: null } });
  return choose(method, {
    GET: { kind: "read", type, id },
    PUT: { kind: "replace", type, id },
    PATCH: { kind: "patch", type, id },
    DELETE: { kind: "delete", type, id },
  });
}

function discovery(method: string, name: string, id: string | undefined): Route | null {
  if (name === "serviceproviderconfig" && id === undefined)
    return choose(method, { GET: { kind: "config", type: null, id: null } });
  const isTypes = name === "resourcetypes";
  if (!isTypes && name !== "schemas") return null;
  if (id === undefined) return choose(method, { GET: { kind: isTypes ? "types" : "schemas", type: null, id: null } });
  return choose(method, { GET: { kind: isTypes ? "type" : "schema", type: null, id } });
}

function unknown(name: string): never {
  throw missing(name);
}

function missing(name: string): ScimError {
  if (name === "me")
    return new ScimError(501, undefined, "/Me is not there: a token acts for the workspace, not for a person.");
  return notFound("There is no such path. Users are at /Users, groups at /Groups.");
}
