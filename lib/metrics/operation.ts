/** What a request was: through which adapter it came, and the operation with the ids left out, such as `PATCH /Users/{id}`. */
export type Operation = { adapter: "scim" | "rest" | "oauth" | "app" | "page" | "asset" | "health"; operation: string };

/** The maximum number of operations. Clients choose the paths, so further ones count as `other`. */
const maxOperations = 300;

const known = new Set<string>();

const methods = new Set(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]);

/** A segment that names a kind of thing; everything else is an id or a name. */
const noun = /^(?:[A-Z][A-Za-z]{2,30}|\.search|v\d|[a-z]+(?:-[a-z]+)*)$/;

const adapters: [prefix: string, adapter: Operation["adapter"]][] = [
  ["/scim/v2", "scim"],
  ["/api/v1", "rest"],
  ["/api", "app"],
  ["/oauth", "oauth"],
];

function templateOf(path: string): string {
  const segments = path.split("/").filter((segment) => segment !== "");
  const shown = segments.slice(0, 8).map((segment, index) => {
    const isName = ["workspaces", "Schemas", "ResourceTypes"].includes(segments[index - 1] ?? "");
    return noun.test(segment) && !isName ? segment : "{id}";
  });
  return `/${shown.join("/")}`;
}

/** The adapter and operation of a request; the number of different answers is bounded. */
export function operationOf(method: string, target: string): Operation {
  const [path = ""] = target.split("?", 1);
  if (path === "/livez" || path === "/readyz") return { adapter: "health", operation: path };
  if (path.startsWith("/_next/")) return { adapter: "asset", operation: "GET /_next" };
  const found = adapters.find(([prefix]) => path === prefix || path.startsWith(`${prefix}/`));
  if (!found) return { adapter: "page", operation: "page" };
  const [prefix, adapter] = found;
  const operation = `${methods.has(method) ? method : "other"} ${templateOf(path.slice(prefix.length))}`;
  if (!known.has(operation) && known.size >= maxOperations) return { adapter, operation: "other" };
  known.add(operation);
  return { adapter, operation };
}
