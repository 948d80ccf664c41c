import { connection } from "next/server";
import { stuckFor } from "@/lib/process/loop";

/** The process answers; nothing else is asked. 503 when its event loop stood still for more than five seconds a moment ago. */
export async function GET(): Promise<Response> {
  await connection();
  const stuck = Math.round(stuckFor());
  const body = stuck === 0 ? { status: "ok" } : { status: "stuck", milliseconds: stuck };
  return Response.json(body, { status: stuck === 0 ? 200 : 503, headers: { "cache-control": "no-store" } });
}
