import { Connection, type Shot } from "@/bench/connection";
import type { Target } from "@/bench/load";
import type { Running } from "@/bench/running";
import { lookupPath, newUser, scimShot } from "@/bench/scim";
import { type BenchWorkspace, seededName } from "@/bench/seed";

export type Servers = { bare: Running; next: Running; muster: Running; route: Running };

/** One work at several servers; `requests` of one round at 16 clients. */
export type Work = { title: string; requests: number; targets: Target[] };

/** Numbers that look like chance and are the same in every run. */
function makeChance(): (below: number) => number {
  let state = 1;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

function get(path: string): Shot {
  return { method: "GET", path, headers: [] };
}

function target(server: Running, name: string, shot: () => Shot, expected = 200): Target {
  return { name, url: server.url, pid: server.pid, shot, expected };
}

/** What is asked in a workspace of `members` people, and of one that people are added to. */
export function worksOf(servers: Servers, full: BenchWorkspace, members: number, joining: BenchWorkspace): Work[] {
  const { bare, next, muster, route } = servers;
  const chance = makeChance();
  let joined = 0;
  const name = () => seededName(full.domain, chance(members));
  const person = () => newUser(`Person${joined++}@${joining.domain}`);
  const page = () => scimShot(full.token, "GET", "/Users?count=100");
  const config = () => get("/scim/v2/ServiceProviderConfig");
  const lookup = () => scimShot(full.token, "GET", lookupPath(name()));
  const bareLookup = () => get(`/lookup?name=${encodeURIComponent(name().toLowerCase())}`);
  const post = () => scimShot(joining.token, "POST", "/Users", person());
  const insert = () => ({ ...get("/rows"), method: "POST", body: JSON.stringify(person()) });
  return [
    {
      title: "lookup",
      requests: 3_000,
      targets: [
        target(bare, "bare SELECT", bareLookup),
        target(muster, "server.ts", lookup),
        target(next, "Next baseline", bareLookup),
        target(route, "route handler", lookup),
      ],
    },
    {
      title: "page of 100",
      requests: 300,
      targets: [
        target(bare, "bare rows + count", () => get("/page")),
        target(muster, "server.ts", page),
        target(route, "route handler", page),
      ],
    },
    {
      title: "ServiceProviderConfig",
      requests: 6_000,
      targets: [
        target(bare, "bare static", () => get("/static")),
        target(muster, "server.ts", config),
        target(route, "route handler", config),
      ],
    },
    {
      title: "POST /Users",
      requests: 600,
      targets: [
        target(bare, "bare INSERT", insert),
        target(muster, "server.ts", post, 201),
        target(route, "route handler", post, 201),
      ],
    },
  ];
}

/** How many resources or rows an answer holds: 1 for one alone. */
function countIn(body: unknown): number {
  const { Resources, rows } = (body ?? {}) as { Resources?: unknown[]; rows?: unknown[] };
  return (Resources ?? rows ?? [body]).length;
}

async function checkTarget({ name, url, shot, expected }: Target, wanted: number): Promise<void> {
  const connection = new Connection(url);
  const { status, text } = await connection.send(shot(), true);
  connection.close();
  const held = status === expected ? countIn(JSON.parse(text ?? "")) : 0;
  if (held !== wanted) throw new Error(`${name}: ${status} with ${held} of ${wanted}: ${text}`);
}

/** Throws when a server does not answer what is to be measured: a quick empty answer would win every comparison. */
export async function checkWorks(works: Work[]): Promise<void> {
  for (const { title, targets } of works) {
    for (const target of targets) await checkTarget(target, title === "page of 100" ? 100 : 1);
  }
}
