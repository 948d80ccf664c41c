import { badRequest } from "@/lib/scim/error";
import { comparableOf, order, valuesAt } from "@/lib/scim/filter/match";
import { isObject } from "@/lib/scim/json";
import { type AttributePath, isResolved, printPath, resolvePath } from "@/lib/scim/schema/path";
import { type ResourceType, valueAttribute } from "@/lib/scim/schema/schema";

/** A sort; `path` names a simple attribute or a sub-attribute, or is null if the type doesn't have it. */
export type Sort = { path: AttributePath | null; isDescending: boolean };

/**
 * Reads `sortBy` and `sortOrder` (RFC 7644 §3.4.2.3); null without `sortBy`. A complex attribute is sorted by its `value`; without one, the
 * client must name a sub-attribute (Q9). An `unknown` attribute is refused, or absent, so that this type's resources have no key. Throws
 * 400 `invalidValue`.
 */
export function parseSort(
  query: ReadonlyMap<string, string>,
  type: ResourceType,
  unknown: "refused" | "absent" = "refused",
): Sort | null {
  const by = query.get("sortby")?.trim();
  if (!by) return null;
  const direction = query.get("sortorder")?.trim().toLowerCase() || "ascending";
  if (direction !== "ascending" && direction !== "descending")
    throw badRequest("invalidValue", `sortOrder must be ascending or descending, not ${JSON.stringify(direction)}.`);
  return { path: sortable(by, type, unknown), isDescending: direction === "descending" };
}

function sortable(by: string, type: ResourceType, unknown: "refused" | "absent"): AttributePath | null {
  const path = resolvePath(by, type);
  if (!isResolved(path) && unknown === "absent" && !path.forbidden) return null;
  if (!isResolved(path) || path.attribute.returned === "never" || path.sub?.returned === "never")
    throw badRequest("invalidValue", `sortBy: ${JSON.stringify(by)} is not an attribute of ${type.name}.`);
  if (path.sub !== null || path.attribute.type !== "complex") return path;
  const value = valueAttribute(path.attribute);
  if (value) return { ...path, sub: value };
  const example = `${printPath(path)}.${path.attribute.subAttributes[0]?.name}`;
  throw badRequest("invalidValue", `sortBy: ${by} is complex: name a sub-attribute, such as ${example}.`);
}

/** The sort key of a resource: the primary element's in a list, else the first's; null if it has none. */
function keyOf(values: Record<string, unknown>, path: AttributePath | null) {
  if (path === null) return null;
  const { extension, attribute, sub } = path;
  const elements = valuesAt(values, { extension, attribute, sub: null });
  const chosen = elements.find((element) => isObject(element) && element.primary === true) ?? elements[0];
  const value = sub === null ? chosen : isObject(chosen) ? chosen[sub.name] : undefined;
  return comparableOf(sub ?? attribute, value);
}

/** Compares two resources as SQL orders them: missing values come last ascending, first descending. The caller breaks ties. */
export function compareBy({ path, isDescending }: Sort) {
  return (left: Record<string, unknown>, right: Record<string, unknown>): number => {
    const [a, b] = [keyOf(left, path), keyOf(right, path)];
    const rising = a === null || b === null ? Number(a === null) - Number(b === null) : order(a, b);
    return isDescending ? -rising : rising;
  };
}
