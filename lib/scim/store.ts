import type { RunOperation } from "@/lib/scim/bulk/operation";
import type { Operation } from "@/lib/scim/patch/operations";
import type { Seal } from "@/lib/scim/query/cursor";
import type { ListQuery, Page } from "@/lib/scim/query/list";
import type { Expect } from "@/lib/scim/resource/etag";
import type { ParsedResource } from "@/lib/scim/resource/resource";
import type { Selection, Stored } from "@/lib/scim/resource/serialize";
import type { ResourceType, Values } from "@/lib/scim/schema/schema";
import type { Features } from "./discovery";

/**
 * Implemented by the product for each resource type. Each method gets the caller first; `expect` throws 412 if the stored version is not
 * one that the client named, and is called inside the store's transaction (E3).
 */
export type ResourceStore<Caller> = {
  type: ResourceType;
  /** Whether ETags contain a digest of computed values after a hyphen, because the version doesn't cover all of the resource. */
  isComputed: boolean;
  create: (caller: Caller, values: Values, selection: Selection) => Promise<Stored>;
  find: (caller: Caller, id: string, selection: Selection) => Promise<Stored | null>;
  list: (caller: Caller, query: ListQuery) => Promise<Page<Stored>>;
  replace: (
    caller: Caller,
    id: string,
    parsed: ParsedResource,
    expect: Expect,
    selection: Selection,
  ) => Promise<Stored>;
  patch: (
    caller: Caller,
    id: string,
    operations: Operation[],
    expect: Expect,
    selection: Selection,
  ) => Promise<Stored | Unsent>;
  delete: (caller: Caller, id: string, expect: Expect) => Promise<void>;
};

/** A changed resource that is too large to be sent back (204). */
export type Unsent = { isUnsent: true; version: number };

export type Service<Caller> = {
  stores: readonly ResourceStore<Caller>[];
  features: Features;
  /** Public URL of the service, without a trailing slash. */
  base: string;
  /** A page over several types together, each with its own interpretation of the query. */
  listAll: (caller: Caller, parts: Part<Caller>[]) => Promise<Page<Found>>;
  /** Seals cursors for this caller. */
  seal: (caller: Caller) => Seal;
  /** Runs an operation of a Bulk request: authorised, logged and counted like a single request (K9). */
  operate: (caller: Caller) => RunOperation;
};

export type Part<Caller> = { store: ResourceStore<Caller>; query: ListQuery };

export type Found = { type: ResourceType; stored: Stored };

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** Whether a text has the form of an id: a canonical lower-case UUID. Any other spelling matches no id (D-88). */
export function isId(text: unknown): text is string {
  return typeof text === "string" && uuid.test(text);
}
