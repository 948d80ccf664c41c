import { badRequest, ScimError } from "@/lib/scim/error";
import { isObject } from "@/lib/scim/json";
import { member, operationsOf, parseMessage, textOf } from "@/lib/scim/message";
import type { Values } from "@/lib/scim/schema/schema";
import { Job } from "./job";
import type { Bulk, BulkContext, BulkOperation } from "./operation";

/**
 * Reads a Bulk request before any of it runs. Throws 413 for too many operations (K7), 400 `invalidSyntax` if the body is not a Bulk
 * request or uses a bulkId twice (K6). A malformed operation fails alone.
 */
export function parseBulk(body: unknown, maxOperations: number): Bulk {
  const message = parseMessage(body, "BulkRequest");
  const given = operationsOf(message);
  if (given.length > maxOperations)
    throw new ScimError(
      413,
      "tooMany",
      `A Bulk has ${maxOperations} operations at most (maxOperations); this one has ${given.length}.`,
    );
  const operations = given.map(parseOperation);
  const ids = operations.map(({ bulkId }) => bulkId).filter((id) => id !== null);
  const twice = ids.find((id, index) => ids.indexOf(id) !== index);
  if (twice !== undefined) throw badRequest("invalidSyntax", `The bulkId ${JSON.stringify(twice)} stands twice.`);
  return { operations, failOnErrors: parseFailOnErrors(member(message, "failonerrors")) };
}

/** Absent means no limit (RFC 7644 §3.7); SDKs that always send the field write 0 instead. */
function parseFailOnErrors(given: unknown): number | null {
  if (given === undefined || given === null || given === 0) return null;
  if (typeof given === "number" && Number.isInteger(given) && given >= 1) return given;
  throw badRequest("invalidValue", "failOnErrors must be a whole number, 0 for no limit.");
}

function parseOperation(given: unknown): BulkOperation {
  const body = isObject(given) ? given : {};
  const operation = {
    method: textOf(member(body, "method"))?.toUpperCase() ?? "",
    path: textOf(member(body, "path")) ?? "",
    bulkId: textOf(member(body, "bulkid")) || null,
    version: textOf(member(body, "version")) || null,
    data: member(body, "data"),
  };
  return { ...operation, why: whyMalformed(operation) };
}

/**
 * Why an operation can't be part of a Bulk request: it reads, searches, is a Bulk request itself, or is a POST that the response couldn't
 * identify (K6, K10).
 */
function whyMalformed({ method, path, bulkId }: Omit<BulkOperation, "why">): ScimError | null {
  if (!["POST", "PUT", "PATCH", "DELETE"].includes(method))
    return badRequest("invalidSyntax", `method must be POST, PUT, PATCH or DELETE, not ${JSON.stringify(method)}.`);
  const [endpoint = "", id, ...rest] = path.split("/").filter((segment) => segment !== "");
  const hasId = id !== undefined;
  if (rest.length > 0 || endpoint === "" || hasId === (method === "POST") || /^(bulk|me|\.search)$/i.test(endpoint))
    return badRequest("invalidSyntax", `${method} ${JSON.stringify(path)} can't be part of a Bulk.`);
  if (method === "POST" && bulkId === null) return badRequest("invalidSyntax", "A POST in a Bulk needs a bulkId.");
  return null;
}

/**
 * Runs a Bulk request in order, except that an operation runs after those it refers to; stops after `failOnErrors` errors. The response
 * holds the operations that ran.
 */
export async function runBulk({ operations, failOnErrors }: Bulk, context: BulkContext): Promise<Values> {
  const job = new Job(operations, failOnErrors ?? Number.POSITIVE_INFINITY, context);
  return { schemas: ["urn:ietf:params:scim:api:messages:2.0:BulkResponse"], Operations: await job.runAll() };
}
