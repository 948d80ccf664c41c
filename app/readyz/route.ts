import { connection } from "next/server";
import { findReadiness } from "@/lib/readiness";

/** 200 when requests can be served: the database answers, its migrations are ours, the worker looks at its queues. */
export async function GET(): Promise<Response> {
  await connection();
  const readiness = await findReadiness();
  return Response.json(readiness, { status: readiness.ready ? 200 : 503, headers: { "cache-control": "no-store" } });
}
