import { z } from "zod";
import { domainEndpoints } from "./domains";
import { type Endpoint, endpoint } from "./endpoint";
import { memberEndpoints } from "./members";
import { describeApi } from "./openapi";
import { teamEndpoints } from "./teams";
import { webhookEndpoints } from "./webhooks";
import { workspaceEndpoints } from "./workspace";

/** The whole REST API. The routes, the OpenAPI document, the table in docs/rest.md and the tests are derived from it. */
export const endpoints: readonly Endpoint[] = [
  ...workspaceEndpoints,
  ...memberEndpoints,
  ...teamEndpoints,
  ...domainEndpoints,
  ...webhookEndpoints,
  endpoint("nobody", {
    id: "describe",
    method: "GET",
    path: "/openapi.json",
    tag: "Workspace",
    summary: "This document; it takes no token",
    status: 200,
    answer: z.record(z.string(), z.unknown()),
    run: () => describeApi(endpoints),
  }),
];
