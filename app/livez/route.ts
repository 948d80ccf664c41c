import { connection } from "next/server";
import { stuckFor } from "@/lib/process/loop";

/** 200 when the process answers, without checking anything else; 503 when its event loop has just been stuck for more than five seconds. */
export async function GET(): Promise<Response> {
  await connection();
  const stuck = Math.round(stuckFor());
  const body = stuck === 0 ? { status: "ok" } : { status: "stuck", milliseconds: stuck };
  return Response.json(body, { status: stuck === 0 ? 200 : 503, headers: { "cache-control": "no-store" } });
}
