/** What differs between Entra tenants, or is not known for certain (reference: entra.md §12.2). Defaults come first. */
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
};

export const defaultKnobs: Knobs = {
  flag: false,
  matchAttr: "userName",
  externalIdSource: "mailNickname",
  memberChunk: 1,
  memberConcurrency: 8,
};
