import { createHmac } from "node:crypto";
import { hostname } from "node:os";
import { all, run, sql } from "@/lib/db";
import { env, settingNames } from "@/lib/env";
import { listSetAside, type SetAside } from "@/lib/set-aside";
import { storableJson } from "@/lib/text";
import { newId } from "@/lib/workspace/id";

// What a server leaves in the database about itself, so that the operator's command speaks of the server's address and settings, not of
// those of the shell that it happens to run in.

type Settings = Record<string, string>;
type Process = { host: string; pid: number; node: string };

/** Settings that hold a secret, or an address with one in it. */
const hidden = /SECRET|TOKEN|PASSWORD|_URL$/;

/** An address without user, password and query. */
function placeOf(text: string): string {
  if (!URL.canParse(text)) return "set";
  const { protocol, host, pathname } = new URL(text);
  return `${protocol}//${host}${pathname === "/" ? "" : pathname}`;
}

/** What may be written down of the settings as they were given: of secrets, that they are set. */
function openSettings(source: Record<string, string | undefined>): Settings {
  const given = settingNames.flatMap((name): [string, string][] => {
    const value = source[name];
    if (!value) return [];
    if (!hidden.test(name) || name === "MUSTER_URL") return [[name, value]];
    return [[name, name.endsWith("_URL") ? placeOf(value) : "set"]];
  });
  return Object.fromEntries(given);
}

/** Tells one secret from another and gives nothing of it away. */
export function secretKey(): string {
  return createHmac("sha256", env().MUSTER_SECRET).update("which secret is it").digest("hex").slice(0, 16);
}

export type ServerRecord = { seen: () => Promise<void>; stopped: () => Promise<void> };

/** Writes down that this process serves, where, and how it is set. `seen` says so again; a record of a month ago is dropped. */
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

export type Server = {
  url: string;
  settings: Settings;
  process: Process;
  /** What its queues have set aside since it started, by queue. */
  setAside: Record<string, SetAside>;
  startedAt: Date;
  seenAt: Date;
  /** It serves now, as far as can be told. */
  isRunning: boolean;
  /** This process has the same MUSTER_SECRET: links that it makes are good there. */
  hasSameSecret: boolean;
};

/** Whether a process of this machine has ended without saying so. */
export function isGone({ host, pid }: Pick<Process, "host" | "pid">): boolean {
  if (host !== hostname()) return false; // elsewhere: only its silence tells
  try {
    process.kill(pid, 0);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "ESRCH";
  }
}

/** The server that runs on this database, or the one that did last; null when none ever did. */
export async function findServer(): Promise<Server | null> {
  const rows = await all<Omit<Server, "isRunning" | "hasSameSecret"> & { isFresh: boolean; secretKey: string }>(sql`
    SELECT url, settings, process, "setAside", "startedAt", "seenAt", "secretKey", "stoppedAt" IS NULL AND "seenAt" > now() - interval '3 minutes' AS "isFresh"
    FROM "Server" ORDER BY "seenAt" DESC LIMIT 20`);
  const servers = rows.map(({ isFresh, secretKey: key, ...row }) => ({
    ...row,
    isRunning: isFresh && !isGone(row.process),
    hasSameSecret: key === secretKey(),
  }));
  return servers.find(({ isRunning }) => isRunning) ?? servers[0] ?? null;
}

/** Settings that are about a process itself; a command has its own. */
const own = new Set(["PORT", "HOST", "MUSTER_DATA_DIR", "DATABASE_URL", "LOG_LEVEL"]);

/**
 * Takes over the settings of the server where this process was given none. Its address counts in any case while it runs: a link that
 * leads anywhere else is dead.
 */
export function adoptSettings({ url, settings, isRunning }: Server): void {
  for (const [name, value] of Object.entries(settings)) {
    if (!own.has(name) && !hidden.test(name)) process.env[name] ||= value;
  }
  if (isRunning || !process.env.MUSTER_URL) process.env.MUSTER_URL = url;
  delete (globalThis as { musterEnv?: unknown }).musterEnv;
}
