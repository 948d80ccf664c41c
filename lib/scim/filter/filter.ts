import type { AttributePath } from "@/lib/scim/schema/path";
import type { Attribute } from "@/lib/scim/schema/schema";

/** RFC 7644 table 3 */
export type Operator = "eq" | "ne" | "co" | "sw" | "ew" | "gt" | "ge" | "lt" | "le";

/**
 * A filter with its attributes resolved and its literals made comparable (folded if case doesn't matter, instants as UTC text), so that
 * engines never see an ill-typed comparison. Inside a value path, paths name sub-attributes.
 */
export type Filter =
  | { kind: "and" | "or"; left: Filter; right: Filter }
  | { kind: "not"; filter: Filter }
  | { kind: "present"; path: AttributePath }
  /** `value` is for comparing, `literal` is what the client wrote. */
  | { kind: "compare"; path: AttributePath; operator: Operator; value: Comparable; literal: string }
  | { kind: "valuePath"; path: AttributePath; filter: Filter }
  /** An attribute that this type doesn't have, in a query over several types: it never matches (RFC 7644 §3.4.2.1). */
  | { kind: "absent" };

export type Comparable = string | number | boolean;

/** The target of a PATCH operation. Without `attribute` it is the whole extension. */
export type Target = {
  extension: string | null;
  attribute: Attribute | null;
  filter: Filter | null;
  sub: Attribute | null;
};
