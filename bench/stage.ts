import { createHash } from "node:crypto";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { pool } from "@/lib/database/pool";
import { closeDatabase } from "@/lib/db";
import { migrate } from "@/scripts/database/migrate";
import { openEmbeddedPostgres } from "@/scripts/embedded/postgres";
import { bin, build, run } from "@/scripts/prepare.mjs";
import { type Running, startProgram, stopPrograms } from "./running";

/** What a run stands on: a database of its own, and the servers that it starts on it. */
export type Stage = {
  folder: string;
  databaseUrl: string;
  /** A connection of the run's own, for what is not measured. */
  db: pg.Client;
  /** Smaller sizes, to try the run itself. */
  quick: boolean;
  /** Whether plans are stored. */
  write: boolean;
  /** The built server. */
  startMuster: () => Promise<Running>;
  /** The built pages alone: the route handler's door. */
  startRouteDoor: () => Promise<Running>;
  startBare: (workspaceId: string) => Promise<Running>;
  startNextBaseline: (workspaceId: string) => Promise<Running>;
};

const baseline = "bench/next-baseline";

/** Builds the Next application that is compared with, when it is not built from these sources. */
function buildBaseline(): void {
  const stamp = join(baseline, ".next/stamp");
  const hash = createHash("sha256");
  for (const file of ["app/lookup/route.ts", "next.config.ts"]) hash.update(readFileSync(join(baseline, file)));
  const wanted = hash.update(readFileSync("package-lock.json")).digest("hex");
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === wanted) return;
  run(bin("next"), ["build", baseline], { quiet: true, env: { NODE_ENV: "production" } });
  writeFileSync(stamp, wanted);
}

/** Settings of every program of the run; nothing of the caller's own reaches a mail server or an identity provider. */
function settingsOf(databaseUrl: string, folder: string): Record<string, string> {
  return {
    NODE_ENV: "production",
    HOST: "127.0.0.1",
    PORT: "0",
    DATABASE_URL: databaseUrl,
    MUSTER_DATA_DIR: folder,
    MUSTER_SECRET: "a secret of the benchmark, long enough",
    MUSTER_URL: "",
    MUSTER_SCIM_RATE: "0",
    MUSTER_DNS_SERVERS: "127.0.0.1:9",
    SMTP_URL: "",
    LOG_LEVEL: "warn",
  };
}

/** The embedded database under its plain address: who is connected is then told by its own name. */
async function openDatabase(folder: string): Promise<{ url: string; release: () => Promise<void> }> {
  const { url, adminUrl, release } = await openEmbeddedPostgres(folder);
  const admin = new pg.Client({ connectionString: adminUrl });
  await admin.connect();
  await admin.query(`GRANT pg_checkpoint TO "${new URL(url).username}"`);
  await admin.end();
  const plain = new URL(url);
  plain.searchParams.delete("application_name");
  return { url: plain.href, release };
}

const next = "node_modules/next/dist/bin/next";

function startNext(folder: string, settings: Record<string, string>): Promise<Running> {
  const flags = ["start", folder, "--hostname", "127.0.0.1", "--port", "0"];
  return startProgram([process.execPath, next, ...flags], settings, /(http:\/\/127\.0\.0\.1:\d+)[\s\S]*Ready/);
}

/** Opens the stage for `work` and clears it away, however that ends. */
export async function onStage(
  { quick, write }: Pick<Stage, "quick" | "write">,
  work: (stage: Stage) => Promise<void>,
): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "muster-bench-"));
  const { url: databaseUrl, release } = await openDatabase(folder);
  const settings = settingsOf(databaseUrl, folder);
  Object.assign(process.env, settings); // this process asks lib/workspace for workspaces and tokens
  const db = new pg.Client({ connectionString: databaseUrl, application_name: "muster-bench" });
  const compared = (workspaceId: string) => ({
    ...settings,
    POOL_SIZE: String(pool().options.max),
    WORKSPACE_ID: workspaceId,
  });
  let cleared: Promise<void> | null = null;
  const clear = async () => {
    await stopPrograms();
    await closeDatabase();
    await db.end();
    await release();
    rmSync(folder, { recursive: true, force: true });
  };
  const clearOnce = () => {
    cleared ??= clear();
    return cleared;
  };
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    process.once(signal, () => void clearOnce().finally(() => process.exit(130)));
  }
  process.once("uncaughtException", (error) => {
    process.stderr.write(`${error.stack}\n`);
    void clearOnce().finally(() => process.exit(1));
  });
  try {
    await migrate(databaseUrl);
    await db.connect();
    await work({
      folder,
      databaseUrl,
      db,
      quick,
      write,
      startMuster: async () => {
        build();
        return startProgram([process.execPath, "dist/server.mjs"], settings, /Muster runs at (\S+)\n(?:.*\n)*\n/);
      },
      startRouteDoor: async () => {
        build();
        return startNext(".", settings);
      },
      startBare: (workspaceId) =>
        startProgram(
          [process.execPath, "--import", "tsx", "bench/bare-server.ts"],
          compared(workspaceId),
          /at (http\S+)\n/,
        ),
      startNextBaseline: async (workspaceId) => {
        buildBaseline();
        return startNext(baseline, compared(workspaceId));
      },
    });
  } finally {
    await clearOnce();
  }
}
