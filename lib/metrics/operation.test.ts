import { expect, test } from "vitest";
import { operationOf } from "./operation";

test.each([
  ["GET", "/scim/v2/Users?filter=x", "scim", "GET /Users"],
  ["PATCH", "/scim/v2/Users/0199b7f2-1111-7000-8000-000000000001", "scim", "PATCH /Users/{id}"],
  ["POST", "/scim/v2/Groups/.search", "scim", "POST /Groups/.search"],
  ["GET", "/scim/v2/Schemas/urn:ietf:params:scim:schemas:core:2.0:User", "scim", "GET /Schemas/{id}"],
  [
    "GET",
    "/api/v1/workspaces/acme/members/0199b7f2-1111-7000-8000-000000000001",
    "rest",
    "GET /workspaces/{id}/members/{id}",
  ],
  [
    "DELETE",
    "/api/workspaces/acme/access-tokens/0199b7f2-1111-7000-8000-000000000001",
    "app",
    "DELETE /workspaces/{id}/access-tokens/{id}",
  ],
  ["POST", "/oauth/token", "oauth", "POST /token"],
  ["GET", "/acme/settings/members", "page", "page"],
  ["GET", "/_next/static/x.js", "asset", "GET /_next"],
  ["GET", "/readyz", "health", "/readyz"],
  ["BREW", "/scim/v2/Users", "scim", "other /Users"],
  ["GET", "/scimitar", "page", "page"],
  ["GET", "/SCIM/v2/Users", "scim", "GET /Users"],
  ["GET", "//scim//v2//Users/", "scim", "GET /Users"],
])("%s %s", (method, target, adapter, operation) => {
  expect(operationOf(method, target, 200)).toEqual({ adapter, operation });
});

const madeUp = Array.from({ length: 2_000 }, (_, at) =>
  at.toString(26).replace(/\d/g, (digit) => "qrstuvwxyz"[Number(digit)] ?? ""),
);

test("paths that clients make up leave room for the real ones", () => {
  for (const word of madeUp) expect(operationOf("GET", `/api/v1/${word}/x`, 404).operation).toBe("other");
  expect(operationOf("GET", "/api/v1/seats", 200).operation).toBe("GET /seats");
  expect(operationOf("GET", "/api/v1/seats", 429).operation).toBe("GET /seats");
});

test("the number of labels is bounded, whatever succeeds", () => {
  const seen = new Set(madeUp.map((word) => operationOf("GET", `/api/v1/${word}/x`, 200).operation));
  expect(seen.size).toBeLessThan(310);
  expect(seen).toContain("other");
});
