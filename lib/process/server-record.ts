import { createHmac } from "node:crypto";
import { hostname } from "node:os";
import { all, run, type ServerModel, sql } from "@/lib/db";
import { env, settingNames } from "@/lib/env";
import { listSetAside, type SetAside } from "@/lib/set-aside";
import { storableJson } from "@/lib/text";
import { newId } from "@/lib/workspace/id";

// A server records itself in the database, so that the operator's command uses the server's URL and settings, and not those of the shell it
// runs in.

type Settings = Record<string, string>;
type Process = { host: string; pid: number; node: string };

/** Settings that hold a secret, or a URL that contains one. */
const hidden = /SECRET|TOKEN|PASSWORD|_URL$/;

/** A URL without user, password and query. */
function placeOf(text: string): string {
  if (!URL.canParse(text)) return "set";
  const { protocol, host, pathname } = new URL(text);
  return `${protocol}//${host}${pathname === "/" ? "" : pathname}`;
}

/** The given settings in a form that can be stored; a secret becomes "set". */
function openSettings(source: Record<string, string | undefined>): Settings {
  const given = settingNames.flatMap((name): [string, string][] => {
    const value = source[name];
    if (!value) return [];
    if (!hidden.test(name) || name === "MUSTER_URL") return [[name, value]];
    return [[name, name.endsWith("_URL") ? placeOf(value) : "set"]];
  });
  return Object.fromEntries(given);
}

/** Identifies a secret without revealing any of it. */
export function secretKey(): string {
  return createHmac("sha256", env().MUSTER_SECRET).update("which secret is it").digest("hex").slice(0, 16);
}

export type ServerRecord = { seen: () => Promise<void>; stopped: () => Promise<void> };

/** Records that this process is serving, its URL and its settings. `seen` refreshes the record; records older than a month are dropped. */
export async function recordServer(isEmbedded: boolean): Promise<ServerRecord> {
  const id = newId();
  const settings = { ...openSettings(process.env), ...(isEmbedded && { DATABASE_URL: "embedded" }) };
  const here: Process = { host: hostname(), pid: process.pid, node: process.versions.node };
  await run(sql`DELETE FROM "Server" WHERE "seenAt" < now() - interval '30 days'`);
  await run(sql`
    INSERT INTO "Server" (id, url, settings, "secretKey", process)
    VALUES (${id}, ${env().MUSTER_URL}, ${JSON.stringify(settings)}, ${secretKey()}, ${JSON.stringify(here)})`);
  return {
    seen: async () =>
      void (await run(
        sql`UPDATE "Server" SET "seenAt" = now(), "setAside" = ${storableJson(listSetAside())} WHERE id = ${id}`,
      )),
    stopped: async () =>
      void (await run(sql`UPDATE "Server" SET "seenAt" = now(), "stoppedAt" = now() WHERE id = ${id}`)),
  };
}

export type Server = Pick<ServerModel, "url" | "startedAt" | "seenAt"> & {
  settings: Settings;
  process: Process;
  /** The rows that each queue has set aside since the server started. */
  setAside: Record<string, SetAside>;
  /** As far as the database can tell. */
  isRunning: boolean;
  /** This process has the same MUSTER_SECRET, so links that it creates work there. */
  hasSameSecret: boolean;
};

/** Whether a process on this machine has ended without recording it. */
export function isGone({ host, pid }: Pick<Process, "host" | "pid">): boolean {
  if (host !== hostname()) return false; // on another machine; only an old `seenAt` shows it
  try {
    process.kill(pid, 0);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "ESRCH";
  }
}

/** The server that runs on this database, or the last one that did; null if none ever did. */
export async function findServer(): Promise<Server | null> {
  const rows = await all<
    Omit<Server, "isRunning" | "hasSameSecret"> & Pick<ServerModel, "secretKey"> & { isFresh: boolean }
  >(sql`
    SELECT url, settings, process, "setAside", "startedAt", "seenAt", "secretKey", "stoppedAt" IS NULL AND "seenAt" > now() - interval '3 minutes' AS "isFresh"
    FROM "Server" ORDER BY "seenAt" DESC LIMIT 20`);
  const servers = rows.map(({ isFresh, secretKey: key, ...row }) => ({
    ...row,
    isRunning: isFresh && !isGone(row.process),
    hasSameSecret: key === secretKey(),
  }));
  return servers.find(({ isRunning }) => isRunning) ?? servers[0] ?? null;
}

/** Settings that concern a process itself; a command has its own. */
const own = new Set(["PORT", "HOST", "MUSTER_DATA_DIR", "DATABASE_URL", "LOG_LEVEL"]);

/**
 * Takes over the server's settings that this process doesn't set itself. While the server is running its URL always wins: a link that leads
 * anywhere else is dead.
 */
export function adoptSettings({ url, settings, isRunning }: Server): void {
  for (const [name, value] of Object.entries(settings)) {
    if (!own.has(name) && !hidden.test(name)) process.env[name] ||= value;
  }
  if (isRunning || !process.env.MUSTER_URL) process.env.MUSTER_URL = url;
  delete (globalThis as { musterEnv?: unknown }).musterEnv;
}
