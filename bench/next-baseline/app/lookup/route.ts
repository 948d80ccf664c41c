import pg from "pg";

const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL, max: Number(process.env.POOL_SIZE) });
const text = `SELECT id, "userName", "externalId", attributes, state, version, "createdAt", "updatedAt" FROM "Membership"
  WHERE "workspaceId" = $1 AND state <> 'ended' AND "userNameKey" = $2`;

/** What Muster's route handler is compared with: one prepared SELECT, and nothing else. */
export async function GET(request: Request): Promise<Response> {
  const values = [process.env.WORKSPACE_ID, new URL(request.url).searchParams.get("name")];
  return Response.json((await pool.query({ name: "lookup", text, values })).rows[0]);
}
