import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import pg from "pg";

// What Muster is compared with: node:http and pg, and nothing between them. It sets the bars that bench/verdicts.ts compares with.

const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL, max: Number(process.env.POOL_SIZE) });
const workspaceId = process.env.WORKSPACE_ID;

const columns = `id, "userName", "externalId", attributes, state, version, "createdAt", "updatedAt"`;
const matching = `FROM "Membership" WHERE "workspaceId" = $1 AND state <> 'ended'`;

const statements = {
  lookup: { name: "lookup", text: `SELECT ${columns} ${matching} AND "userNameKey" = $2` },
  page: { name: "page", text: `SELECT ${columns} ${matching} ORDER BY id LIMIT 100` },
  count: { name: "count", text: `SELECT count(*) ${matching}` },
  insert: { name: "insert", text: "INSERT INTO bench_row (name, body) VALUES ($1, $2)" },
};

function send(response: ServerResponse, body: unknown): void {
  const text = JSON.stringify(body);
  response.writeHead(200, { "content-type": "application/json", "content-length": Buffer.byteLength(text) }).end(text);
}

async function readBody(request: IncomingMessage): Promise<{ userName: string }> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return JSON.parse(Buffer.concat(chunks).toString("utf8")) as { userName: string };
}

async function findRows(): Promise<unknown> {
  const [rows, count] = await Promise.all([
    pool.query({ ...statements.page, values: [workspaceId] }),
    pool.query<{ count: string }>({ ...statements.count, values: [workspaceId] }),
  ]);
  return { total: Number(count.rows[0]?.count), rows: rows.rows };
}

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const [path, query = ""] = (request.url ?? "/").split("?name=");
  if (path === "/static") return send(response, { answer: "static" });
  if (path === "/lookup") {
    const values = [workspaceId, decodeURIComponent(query)];
    return send(response, (await pool.query({ ...statements.lookup, values })).rows[0]);
  }
  if (path === "/page") return send(response, await findRows());
  const body = await readBody(request);
  await pool.query({ ...statements.insert, values: [body.userName, body] });
  send(response, { userName: body.userName });
}

const server = createServer((request, response) => {
  answer(request, response).catch((error: unknown) => response.writeHead(500).end(String(error)));
});
server.listen(0, "127.0.0.1", () => {
  process.stdout.write(`bare server at http://127.0.0.1:${(server.address() as AddressInfo).port}\n`);
});
for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => process.exit(0));
