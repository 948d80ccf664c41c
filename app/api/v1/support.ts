import Ajv2020 from "ajv/dist/2020";
import addFormats from "ajv-formats";
import { expect } from "vitest";
import { env } from "@/lib/env";
import { openWorkspace, type TestWorkspace, userBody } from "@/lib/provisioning/testing/fixtures";
import { knownScopes } from "@/lib/scopes";
import { createAccessToken } from "@/lib/workspace/access/tokens";
import { createTeamInApp } from "@/lib/workspace/teams/edit";
import { listDeliveries } from "@/lib/workspace/webhooks/log";
import { createWebhook } from "@/lib/workspace/webhooks/webhooks";
import { answerApi } from "./answer";
import { describeApi } from "./openapi";
import { endpoints } from "./table";

// Helpers for REST tests: a client that checks every response against the OpenAPI document.

type Body = Record<string, unknown>;
type Answer = { status: number; headers: Headers; body: Body };
export type ApiClient = (method: string, path: string, body?: unknown, headers?: HeadersInit) => Promise<Answer>;

export const everything = knownScopes.filter((scope) => scope.endsWith("-write"));

const ajv = new Ajv2020({ strict: false, allErrors: true });
addFormats(ajv);
type Described = { paths: Record<string, Record<string, { responses: Body }>> };
let described: Described | undefined;

/** The document, with its schemas compiled for checking responses. */
function document(): Described {
  if (described) return described;
  described = describeApi(endpoints) as Described;
  ajv.addSchema(described, "document");
  return described;
}

function expectFit(place: string, body: Body, what: string): void {
  const validate = ajv.getSchema(`document#${place}`);
  expect(validate?.(body), `${what} ${ajv.errorsText(validate?.errors)} ${JSON.stringify(body)}`).toBe(true);
}

/** The path template that matches a request path. */
function templateOf(path: string): string | undefined {
  const parts = path.split("?")[0]?.split("/") ?? [];
  const found = endpoints.find(({ path: template }) => {
    const names = template.split("/");
    return names.length === parts.length && names.every((name, at) => name.startsWith("{") || name === parts[at]);
  });
  return found?.path;
}

/** The documented statuses. Unknown paths and methods have fixed ones. */
function statusesOf(method: string, template: string | undefined): string[] {
  if (template === undefined) return ["401", "404", "429"];
  const known = document().paths[template]?.[method.toLowerCase()]?.responses;
  return known ? Object.keys(known) : ["401", "405", "429", "404"];
}

/** Checks that a response is documented and matches its schema. */
function checkAnswer(method: string, path: string, { status, headers, body }: Answer): void {
  const what = `${method} ${path} → ${status}`;
  const template = templateOf(path);
  expect(statusesOf(method, template), `${what} ${JSON.stringify(body)}`).toContain(String(status));
  expect(headers.get("x-request-id"), what).toMatch(/^req_/);
  expect(headers.get("cache-control"), what).toBe("no-store");
  expect(headers.get("access-control-allow-origin"), what).toBeNull();
  if (status >= 400) {
    expect(headers.get("content-type"), what).toBe("application/problem+json");
    expectFit("/components/schemas/Problem", body, what);
    expect(body, what).toMatchObject({ status, requestId: headers.get("x-request-id") });
  } else if (status !== 204) {
    const at = `/paths/${template?.replaceAll("/", "~1")}/${method.toLowerCase()}/responses/${status}`;
    expectFit(`${at}/content/application~1json/schema`, body, what);
  }
}

function headersOf(token: string | null, hasBody: boolean, more: HeadersInit | undefined): Headers {
  const headers = new Headers(token === null ? {} : { authorization: `Bearer ${token}` });
  if (hasBody) headers.set("content-type", "application/json");
  for (const [name, value] of new Headers(more)) headers.set(name, value);
  return headers;
}

/** A client with this token, or without one. Sends a string as it is and anything else as JSON. */
export function apiClient(token: string | null): ApiClient {
  return async (method, path, body, more) => {
    const headers = headersOf(token, body !== undefined, more);
    const sent = typeof body === "string" ? body : JSON.stringify(body);
    const init = { method, headers, ...(body !== undefined && { body: sent }) };
    const response = await answerApi(new Request(`http://muster.test/api/v1${path}`, init));
    const text = await response.text();
    const answer = { status: response.status, headers: response.headers, body: text === "" ? {} : JSON.parse(text) };
    if (method !== "HEAD") checkAnswer(method, path, answer);
    return answer;
  };
}

/** A client with a token that has these scopes. */
export async function openApi(workspace: TestWorkspace, scopes: readonly string[] = everything): Promise<ApiClient> {
  const input = { name: "Product", scopes: [...scopes], expiresAt: null, connection: null };
  return apiClient((await createAccessToken(workspace.operator, input)).secret);
}

/** A workspace with one of everything that has an id. */
export async function openFilled(prefix: string) {
  env().MUSTER_OUTGOING_LOOPBACK = "on";
  const workspace = await openWorkspace(prefix);
  const { operator, id: workspaceId } = workspace;
  const api = await openApi(workspace);
  const invite = async (name: string) =>
    String((await api("POST", "/members", { email: `${name}@${workspace.slug}.example` })).body.id);
  const hook = { url: "http://127.0.0.1:9/hook", description: "Ours", events: [] };
  const { webhook } = await createWebhook(operator, hook);
  const managed = String((await workspace.scim("POST", "/Users", userBody(`lin@${workspace.domain}`))).body.id);
  const group = String((await workspace.scim("POST", "/Groups", { displayName: "Managed" })).body.id);
  const guest = await invite("guest");
  const team = await createTeamInApp(operator, "Ours");
  const [delivery] = (await listDeliveries(workspaceId, webhook.id, {})).deliveries;
  const domain = String(((await api("GET", "/domains")).body.data as Body[])[0]?.id);
  return {
    ...workspace,
    api,
    invite,
    ids: { managed, group, guest, team, domain, webhook: webhook.id, delivery: delivery?.id ?? "" },
  };
}
export type Filled = Awaited<ReturnType<typeof openFilled>>;

/** A valid body for each endpoint id; undefined for endpoints without one. */
export const bodies: Record<string, Body | undefined> = {
  renameWorkspace: { name: "Renamed" },
  inviteMember: { email: "somebody@elsewhere.example" },
  updateMember: { state: "suspended" },
  createTeam: { name: "Made" },
  renameTeam: { name: "Renamed" },
  addDomain: { name: "added-elsewhere.com" },
  createWebhook: { url: "http://127.0.0.1:9/", events: ["team.created"] },
  updateWebhook: { enabled: false },
  rotateWebhookSecret: { overlap: "now" },
};
