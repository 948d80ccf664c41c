import { z } from "zod";
import { statusOf } from "@/app/api/problem";
import { env } from "@/lib/env";
import { knownScopes } from "@/lib/scopes";
import type { Reason } from "@/lib/workspace/refusal";
import type { Endpoint } from "./endpoint";
import refusalsById from "./refusals.json";
import { named } from "./schemas";

type Json = Record<string, unknown>;

const ref = (name: string) => `#/components/schemas/${name}`;

/** `$schema` and `$id` are for standalone schemas; inside the document they are wrong. */
function withoutPlace({ $schema: _, $id: __, ...schema }: Json): Json {
  return schema;
}

/** Every named schema: request bodies in their input form, responses in their output form. */
function namedSchemas(endpoints: readonly Endpoint[]): Json {
  const inputs = new Set(endpoints.map(({ body }) => body && named.get(body)?.id));
  const [sent, answered] = (["input", "output"] as const).map((io) => z.toJSONSchema(named, { io, uri: ref }).schemas);
  const entries = Object.entries(answered ?? {}).map(([id, schema]) => {
    return [id, withoutPlace((inputs.has(id) ? sent?.[id] : schema) as Json)];
  });
  return Object.fromEntries(entries);
}

function contentOf(schema: z.ZodType, type = "application/json"): Json {
  const id = named.get(schema)?.id;
  const inlineOrRef = id === undefined ? withoutPlace(z.toJSONSchema(schema) as Json) : { $ref: ref(id) };
  return { content: { [type]: { schema: inlineOrRef } } };
}

function parametersOf({ path, query }: Endpoint): Json[] {
  const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({
    name,
    in: "path",
    required: true,
    schema: { type: "string", format: "uuid" },
  }));
  const { properties = {} } = query ? (z.toJSONSchema(query) as { properties?: Record<string, Json> }) : {};
  const inQuery = Object.entries(properties).map(([name, { description, ...schema }]) => ({
    name,
    in: "query",
    required: false,
    ...(description !== undefined && { description }),
    schema,
  }));
  return [...inPath, ...inQuery];
}

const texts: Record<number, string> = {
  400: "What was sent can't be read",
  401: "No live token was sent",
  403: "The token's scopes, or a setting of the workspace, don't allow it",
  404: "There is no such thing here, or it is another workspace's",
  409: "The state of things does not allow it; nothing was changed",
  413: "The body is too large",
  415: "The body is not application/json",
  422: "A value is not valid",
  429: "Too many requests, or a mass change is held: Retry-After says when to come back",
};

/** The refusals that an endpoint's use cases can throw: read from the sources by `npm run rest:refusals`, and checked by a test. */
const refusals: Record<string, Reason[]> = refusalsById as Record<keyof typeof refusalsById, Reason[]>;

/** The error statuses of an endpoint: the dispatcher's own, and those of its refusals. */
export function failuresOf({ id, access, path, body, query }: Endpoint): number[] {
  const met: [number, boolean][] = [
    [400, body !== undefined || query !== undefined],
    [401, access !== "nobody"],
    [403, access !== "nobody" && access !== "token"],
    [404, path.includes("{")],
    [413, body !== undefined],
    [415, body !== undefined],
    [422, body !== undefined],
    [429, access !== "nobody"],
  ];
  const own = met.filter(([, isMet]) => isMet).map(([status]) => status);
  const refused = (refusals[id] ?? []).map((reason) => statusOf[reason]);
  return [...new Set([...own, ...refused])].sort((a, b) => a - b);
}

function operationOf(endpoint: Endpoint): Json {
  const { id, tag, summary, access, body, status, answer } = endpoint;
  const scopes = access === "token" || access === "nobody" ? [] : [access];
  const parameters = parametersOf(endpoint);
  const success = { description: summary, ...(answer && contentOf(answer)) };
  const failures = failuresOf(endpoint).map((code) => [code, { $ref: `#/components/responses/${code}` }]);
  return {
    operationId: id,
    tags: [tag],
    summary,
    ...(scopes.length > 0 && { description: `Scope: \`${access}\`` }),
    security: access === "nobody" ? [] : [{ accessToken: [] }, { oauth: scopes }],
    ...(parameters.length > 0 && { parameters }),
    ...(body && { requestBody: { required: true, ...contentOf(body) } }),
    responses: {
      [status]: success,
      ...Object.fromEntries(failures),
      default: { $ref: "#/components/responses/other" },
    },
  };
}

function pathsOf(endpoints: readonly Endpoint[]): Json {
  const paths: Record<string, Json> = {};
  for (const endpoint of endpoints) {
    paths[endpoint.path] = { ...paths[endpoint.path], [endpoint.method.toLowerCase()]: operationOf(endpoint) };
  }
  return paths;
}

/** Builds the OpenAPI document from the table and its contracts. */
export function describeApi(endpoints: readonly Endpoint[]): Json {
  const base = env().MUSTER_URL;
  const schemas = namedSchemas(endpoints);
  const answer = (description: string) => ({
    description,
    content: { "application/problem+json": { schema: { $ref: ref("Problem") } } },
  });
  const failures = Object.entries(texts).map(([status, text]) => [status, answer(text)]);
  return {
    openapi: "3.1.0",
    info: {
      title: "Muster",
      version: "1",
      summary: "Workspace settings for the product that Muster serves",
      description:
        "A token acts for one workspace, and names it: no id of a workspace is in an address. Times are UTC. Errors are RFC 9457.",
      license: { name: "Apache-2.0", identifier: "Apache-2.0" },
    },
    servers: [{ url: `${base}/api/v1` }],
    tags: [...new Set(endpoints.map(({ tag }) => tag))].map((name) => ({ name })),
    paths: pathsOf(endpoints),
    components: {
      schemas,
      responses: { ...Object.fromEntries(failures), other: answer("Something else went wrong") },
      securitySchemes: {
        accessToken: { type: "http", scheme: "bearer", description: "An access token of the workspace" },
        oauth: {
          type: "oauth2",
          flows: {
            clientCredentials: {
              tokenUrl: `${base}/oauth/token`,
              scopes: Object.fromEntries(knownScopes.map((scope) => [scope, scope.replace(":", ": ")])),
            },
          },
        },
      },
    },
  };
}
