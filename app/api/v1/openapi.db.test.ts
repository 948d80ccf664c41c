import { readFileSync } from "node:fs";
import { Validator } from "@seriousme/openapi-schema-validator";
import { expect, test } from "vitest";
import { knownScopes } from "@/lib/scopes";
import { eventTypes } from "@/lib/workspace/audit/events";
import { apiClient } from "./support";
import { endpoints } from "./table";

type Operation = { operationId: string; security: Record<string, string[]>[]; responses: Record<string, object> };
type Document = { paths: Record<string, Record<string, Operation>>; components: { schemas: object } };

const read = async () => (await apiClient(null)("GET", "/openapi.json")).body as Document & Record<string, unknown>;

test("the document is valid OpenAPI 3.1, and takes no token", async () => {
  const document = await read();
  const validator = new Validator();
  expect(await validator.validate(structuredClone(document))).toEqual({ valid: true });
  expect(validator.version).toBe("3.1");
  expect(() => validator.resolveRefs()).not.toThrow();
});

test("it tells of every endpoint with its scope, and of nothing else", async () => {
  const { paths } = await read();
  const documented = Object.entries(paths).flatMap(([path, operations]) =>
    Object.entries(operations).map(([method, { operationId, security }]) => [
      method,
      path,
      operationId,
      security.at(-1)?.oauth ?? null,
    ]),
  );
  const known = endpoints.map(({ method, path, id, access }) => {
    const scopes = access === "token" ? [] : access === "nobody" ? null : [access];
    return [method.toLowerCase(), path, id, scopes];
  });
  expect(documented.sort()).toEqual(known.sort());
  expect(new Set(endpoints.map(({ id }) => id)).size).toBe(endpoints.length);
  for (const { access } of endpoints) expect(["token", "nobody", ...knownScopes]).toContain(access);
});

test("every schema is used, and whatever is answered or taken has one", async () => {
  const { components, ...rest } = await read();
  const text = JSON.stringify([rest, components]);
  for (const name of Object.keys(components.schemas)) expect(text, name).toContain(`"#/components/schemas/${name}"`);
});

/** The rows of a table in the documentation, under a heading of a page. */
function tableUnder(page: string, heading: string): string[][] {
  const [, section = ""] = readFileSync(page, "utf8").split(`\n## ${heading}\n`);
  const lines = (section.split("\n## ")[0] ?? "").split("\n").filter((line) => line.startsWith("| `"));
  return lines.map((line) =>
    line
      .split("|")
      .map((cell) => cell.trim().replaceAll("`", ""))
      .slice(1, -1),
  );
}

test("README's table of endpoints is this one", () => {
  const known = endpoints.map(({ method, path, access, summary }) => [
    `${method} ${path}`,
    access === "token" ? "any" : access === "nobody" ? "none" : access,
    summary,
  ]);
  expect(tableUnder("docs/rest.md", "Endpoints")).toEqual(known);
});

test("README's table of events has each one", () => {
  const documented = tableUnder("docs/webhooks.md", "Events").flatMap(([events = ""]) => events.split(/,? /));
  expect(documented).toEqual([...eventTypes, "webhook.test"]);
});
