import { findScimTarget } from "@/lib/provisioning/http/node-adapter";

/** The labels of a request: its adapter, and its operation without ids, such as `PATCH /Users/{id}`. */
export type Operation = { adapter: "scim" | "rest" | "oauth" | "app" | "page" | "asset" | "health"; operation: string };

/** The maximum number of operations; further ones count as `other`. */
const maxOperations = 300;

const known = new Set<string>();

const methods = new Set(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]);

/** A segment that names a kind of thing; everything else is an id or a name. */
const noun = /^(?:[A-Z][A-Za-z]{2,30}|\.search|v\d|[a-z]+(?:-[a-z]+)*)$/;

const adapters: [prefix: string, adapter: Operation["adapter"]][] = [
  ["/api/v1", "rest"],
  ["/api", "app"],
  ["/oauth", "oauth"],
];

function templateOf(path: string): string {
  const segments = path.split("/").filter((segment) => segment !== "");
  const template = segments.slice(0, 8).map((segment, index) => {
    const isName = ["workspaces", "Schemas", "ResourceTypes"].includes(segments[index - 1] ?? "");
    return noun.test(segment) && !isName ? segment : "{id}";
  });
  return `/${template.join("/")}`;
}

function operationBelow(adapter: Operation["adapter"], method: string, path: string, status: number): Operation {
  const operation = `${methods.has(method) ? method : "other"} ${templateOf(path)}`;
  // Anybody can ask for paths that don't exist, so only a success makes an operation known.
  if (status < 400 && known.size < maxOperations) known.add(operation);
  return { adapter, operation: known.has(operation) ? operation : "other" };
}

/** The adapter and operation of a request with its status; the number of different answers is bounded. */
export function operationOf(method: string, target: string, status: number): Operation {
  const scim = findScimTarget(target);
  if (scim) return operationBelow("scim", method, scim.path, status);
  const [path = ""] = target.split("?", 1);
  if (path === "/livez" || path === "/readyz") return { adapter: "health", operation: path };
  if (path.startsWith("/_next/")) return { adapter: "asset", operation: "GET /_next" };
  const found = adapters.find(([prefix]) => path === prefix || path.startsWith(`${prefix}/`));
  if (!found) return { adapter: "page", operation: "page" };
  const [prefix, adapter] = found;
  return operationBelow(adapter, method, path.slice(prefix.length), status);
}
