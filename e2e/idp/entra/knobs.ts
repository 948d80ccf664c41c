/** What differs between Entra tenants, or is not known for certain. */
export type Knobs = {
  /** `aadOptscim062020` in the Tenant URL: lower-case operations, real booleans, merged replaces. */
  flag: boolean;
  /** The matching attribute of the user mapping. */
  matchAttr: "userName" | "externalId" | 'emails[type eq "work"].value';
  externalIdSource: "mailNickname" | "objectId";
  /** Members in one PATCH. */
  memberChunk: number;
  /** Membership PATCHes of one group in flight at once. */
  memberConcurrency: number;
  /** How a PATCH of the default dialect spells booleans. */
  booleanText: "True" | "true";
  /** Whether members of the default dialect carry `"$ref": null`. */
  memberRef: "null" | "absent";
  /** Whether a POST names what is empty, with null. */
  postNulls: boolean;
  managerForm: "text" | "object" | "list";
  /** What a value that became empty in the source sends. */
  clearedValue: "nothing" | "Remove" | "Remove with value" | 'replace ""' | "replace null";
  /** A single replace of the flag's dialect: by path, or as an object without one. */
  flagSingleReplace: "path" | "object";
  /** Whether a deleted user is renamed to 32 hex digits and the old name. */
  tombstoneUpn: boolean;
  /** What a linked object that is gone from the target comes to: InvalidAnchor, or a new match and a POST. */
  on404: "fail" | "rematch";
  honourRetryAfter: boolean;
  /** Whether `active` is mapped; without it only a purged person is told of, by DELETE. */
  deleteMode: "active mapped" | "active unmapped";
  userAgent: "omit" | "present";
  /** How a filter writes its spaces. */
  filterEncoding: "+" | "%20";
  /** Whether a reference is looked up by a filter before it is written. */
  referenceCheck: boolean;
  /** Provisioning on demand: always in the default dialect. */
  pod: boolean;
  /** The expression that is mapped to `roles`, if any. */
  roles: "unmapped" | "SingleAppRoleAssignment" | "AppRoleAssignmentsComplex" | "AssertiveAppRoleAssignmentsComplex";
};

/** Every value that is tried of each knob; the first is the default. */
export const knobValues: { readonly [Name in keyof Knobs]: readonly [Knobs[Name], ...Knobs[Name][]] } = {
  flag: [false, true],
  matchAttr: ["userName", "externalId", 'emails[type eq "work"].value'],
  externalIdSource: ["mailNickname", "objectId"],
  memberChunk: [1, 5, 100],
  memberConcurrency: [8, 1, 50],
  booleanText: ["True", "true"],
  memberRef: ["null", "absent"],
  postNulls: [false, true],
  managerForm: ["text", "object", "list"],
  clearedValue: ["nothing", "Remove", "Remove with value", 'replace ""', "replace null"],
  flagSingleReplace: ["path", "object"],
  tombstoneUpn: [true, false],
  on404: ["fail", "rematch"],
  honourRetryAfter: [false, true],
  deleteMode: ["active mapped", "active unmapped"],
  userAgent: ["omit", "present"],
  filterEncoding: ["+", "%20"],
  referenceCheck: [true, false],
  pod: [false, true],
  roles: ["unmapped", "SingleAppRoleAssignment", "AppRoleAssignmentsComplex", "AssertiveAppRoleAssignmentsComplex"],
};

export const defaultKnobs = Object.fromEntries(
  Object.entries(knobValues).map(([name, [first]]) => [name, first]),
) as Knobs;
