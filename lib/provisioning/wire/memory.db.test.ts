import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { request } from "node:http";
import { afterAll, expect, test } from "vitest";
import { run, statement } from "@/lib/db";
import { env } from "@/lib/env";
import { openWorkspace, type TestWorkspace } from "@/lib/provisioning/testing/fixtures";

// D-82: the memory that four readers of the largest possible people cost a process.

const megabyte = 1_048_576;
const children: ChildProcess[] = [];
afterAll(() => {
  for (const child of children) child.stdin?.end();
});

/** Starts the process, and says where it listens. */
async function startServer(): Promise<{ pid: number; port: number }> {
  const child = spawn(process.execPath, ["--import", "tsx", "lib/provisioning/wire/memory-server.ts"], {
    env: { ...process.env, DATABASE_URL: env().DATABASE_URL, MUSTER_SECRET: env().MUSTER_SECRET, LOG_LEVEL: "warn" },
    stdio: ["pipe", "pipe", "inherit"],
  });
  children.push(child);
  const [line] = (await once(child.stdout, "data")) as [Buffer];
  return { pid: child.pid ?? 0, port: Number(line.toString()) };
}

/** Bytes that an answer has; they are counted and not kept. */
function sizeOf(port: number, path: string, token: string): Promise<{ status: number; bytes: number }> {
  return new Promise((resolve, reject) => {
    const headers = { authorization: `Bearer ${token}` };
    const asked = request({ host: "127.0.0.1", port, path: `/scim/v2${path}`, headers }, (response) => {
      let bytes = 0;
      response.on("data", (chunk: Buffer) => {
        bytes += chunk.length;
      });
      response.on("end", () => resolve({ status: response.statusCode ?? 0, bytes }));
    });
    asked.on("error", reject).end();
  });
}

/** The most memory that the process ever had resident, in bytes. */
function peakOf(pid: number): number {
  return Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]) * 1_024;
}

/** People of a megabyte each, which no two are alike to a compression. */
async function insertLargest({ id }: TestWorkspace, people: number): Promise<void> {
  const emails = `(SELECT jsonb_agg(jsonb_build_object('value', md5(e::text) || '@example.test', 'type', 'other')) FROM generate_series(1, 9500) e)`;
  await run(
    statement(
      `WITH d AS MATERIALIZED (SELECT jsonb_build_object('emails', ${emails}, 'title', repeat('x', 200000)) AS attributes)
       INSERT INTO "Membership" ("workspaceId", id, state, "userName", "userNameKey", attributes, folded)
       SELECT $1, uuidv7(), 'suspended', 'p' || n, 'p' || n, d.attributes, '{}' FROM d, generate_series(1, $2::int) n`,
      [id, people],
    ),
  );
}

test.runIf(existsSync("/proc/self/status"))(
  "C2 four count=1000 at once over the largest people stay below 400 MB of resident memory",
  { timeout: 120_000 },
  async () => {
    const workspace = await openWorkspace("memory");
    await insertLargest(workspace, 200);
    const { pid, port } = await startServer();
    const { secret } = workspace.token;
    const rounds = [
      ["", "", "", ""],
      ["", "&sortBy=userName", "&excludedAttributes=groups", "&attributes=emails,title"],
    ];
    for (const queries of [...rounds, ...rounds]) {
      const answers = await Promise.all(queries.map((query) => sizeOf(port, `/Users?count=1000${query}`, secret)));
      for (const { status, bytes } of answers) {
        expect(status).toBe(200);
        expect(bytes).toBeGreaterThan(megabyte);
        expect(bytes).toBeLessThan(9 * megabyte);
      }
    }
    expect(peakOf(pid) / megabyte).toBeLessThan(400);
  },
);
