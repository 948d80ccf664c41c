import { connection } from "next/server";
import { findReadiness } from "@/lib/process/readiness";

/** 200 when requests can be served, else 503. The body gives the reason for each part (lib/process/readiness.ts). */
export async function GET(): Promise<Response> {
  await connection();
  const readiness = await findReadiness();
  return Response.json(readiness, { status: readiness.ready ? 200 : 503, headers: { "cache-control": "no-store" } });
}
