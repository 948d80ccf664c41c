import type { AttributePath } from "@/lib/scim/schema/path";
import type { Attribute } from "@/lib/scim/schema/schema";

/** RFC 7644 table 3 */
export type Operator = "eq" | "ne" | "co" | "sw" | "ew" | "gt" | "ge" | "lt" | "le";

/**
 * A filter with its attributes resolved and its literals made comparable (folded where case does not count, instants as
 * UTC text): no engine meets an ill-typed comparison. Inside a value path, paths name sub-attributes.
 */
export type Filter =
  | { kind: "and" | "or"; left: Filter; right: Filter }
  | { kind: "not"; filter: Filter }
  | { kind: "present"; path: AttributePath }
  /** `value` is what engines compare, `literal` what was written. */
  | { kind: "compare"; path: AttributePath; operator: Operator; value: Comparable; literal: string }
  | { kind: "valuePath"; path: AttributePath; filter: Filter }
  /** On an attribute that this type has not, in a query over several types: it never holds (RFC 7644 §3.4.2.1). */
  | { kind: "absent" };

export type Comparable = string | number | boolean;

/** Where a PATCH operation applies. Without `attribute` it is the extension as a whole. */
export type Target = {
  extension: string | null;
  attribute: Attribute | null;
  filter: Filter | null;
  sub: Attribute | null;
};
