import { z } from "zod";
import { addDomain, checkDomain, listDomains } from "@/lib/workspace/domains/domains";
import { removeDomain } from "@/lib/workspace/domains/remove";
import { endpoint } from "./endpoint";
import { domain, domainInput, domainList } from "./schemas";

const tag = "Domains";

type Row = Awaited<ReturnType<typeof listDomains>>[number];

/** Leaves out the resolver counts and the display name, which are only for our own pages. */
function toResource({ displayName: _name, listedOn: _list, answer, ...row }: Row) {
  const publicAnswer = answer && { outcome: answer.outcome, found: answer.found, at: answer.at };
  return { ...row, answer: publicAnswer };
}

export const domainEndpoints = [
  endpoint("domain:read", {
    id: "listDomains",
    method: "GET",
    path: "/domains",
    tag,
    summary: "Domain claims, oldest first, each with its record and what DNS last said",
    status: 200,
    answer: domainList,
    run: async ({ workspaceId }) => ({ data: (await listDomains(workspaceId)).map(toResource) }),
  }),
  endpoint("domain:read-write", {
    id: "addDomain",
    method: "POST",
    path: "/domains",
    tag,
    summary: "Claim a domain, which Muster then checks regularly",
    body: domainInput,
    status: 201,
    answer: domain,
    run: async ({ actor, body }) => toResource(await addDomain(actor, body.name)),
  }),
  endpoint("domain:read-write", {
    id: "checkDomain",
    method: "POST",
    path: "/domains/{id}/check",
    tag,
    summary: "Ask DNS now",
    status: 200,
    answer: domain,
    run: async ({ actor, params }) => toResource(await checkDomain(actor, params.id)),
  }),
  endpoint("domain:read-write", {
    id: "removeDomain",
    method: "DELETE",
    path: "/domains/{id}",
    tag,
    summary: "Remove a claim; nobody is suspended",
    query: z.strictObject({
      confirmation: z
        .string()
        .max(260)
        .optional()
        .describe("The domain's name: needed for the last one while an identity provider is connected"),
    }),
    status: 204,
    run: ({ actor, params, query }) => removeDomain(actor, params.id, query.confirmation),
  }),
];
