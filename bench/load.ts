import { setTimeout as sleep } from "node:timers/promises";
import { Connection, type Shot } from "./connection";
import { cpuSeconds } from "./cost";

/** Something to be measured: a server's process, and what to ask it. */
export type Target = {
  name: string;
  url: string;
  pid: number;
  /** The next request. */
  shot: () => Shot;
  /** The status that every answer must have. */
  expected: number;
};

export type Plan = { clients: number; requests: number; rounds: number };

export type Measured = {
  name: string;
  clients: number;
  perSecond: number;
  /** Milliseconds of the server's CPU for a request, what it did afterwards included. */
  cpu: number;
  /** Milliseconds. */
  p50: number;
  p95: number;
  /** How often another status came, by status; 0 stands for no answer. */
  unexpected: Record<string, number>;
};

/** Milliseconds after the last answer in which a server writes what it writes behind, such as its log. */
const settling = 400;

export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

/** The value below which `share` of the values lie. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((left, right) => left - right);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

type Round = { perSecond: number; cpu: number; times: number[] };

/** Sends `requests` over `clients` connections, each with one request under way. */
async function fire(
  target: Target,
  { clients, requests }: Plan,
  unexpected: Record<string, number>,
): Promise<number[]> {
  const times: number[] = [];
  let left = requests;
  const client = async () => {
    const connection = new Connection(target.url);
    while (left-- > 0) {
      const started = performance.now();
      const status = await connection.send(target.shot()).then(
        (reply) => reply.status,
        () => 0,
      );
      times.push(performance.now() - started);
      if (status !== target.expected) unexpected[status] = (unexpected[status] ?? 0) + 1;
    }
    connection.close();
  };
  await Promise.all(Array.from({ length: clients }, client));
  return times;
}

async function runRound(target: Target, plan: Plan, unexpected: Record<string, number>): Promise<Round> {
  const before = cpuSeconds(target.pid);
  const started = performance.now();
  const times = await fire(target, plan, unexpected);
  const seconds = (performance.now() - started) / 1000;
  await sleep(settling);
  const cpu = ((cpuSeconds(target.pid) - before) * 1000) / plan.requests;
  return { perSecond: plan.requests / seconds, cpu, times };
}

/** Warms every target up, then measures them in turns, so that what disturbs one disturbs the others; medians of the rounds. */
export async function compare(targets: Target[], plan: Plan): Promise<Measured[]> {
  const runs = targets.map((target) => ({ target, unexpected: {}, rounds: [] as Round[] }));
  for (const { target, unexpected } of runs) {
    await fire(target, { ...plan, requests: Math.ceil(plan.requests / 3) }, unexpected);
  }
  for (let round = 0; round < plan.rounds; round++) {
    for (const { target, unexpected, rounds } of runs) rounds.push(await runRound(target, plan, unexpected));
  }
  return runs.map(({ target, unexpected, rounds }) => {
    const times = rounds.flatMap((round) => round.times);
    return {
      name: target.name,
      clients: plan.clients,
      perSecond: median(rounds.map((round) => round.perSecond)),
      cpu: median(rounds.map((round) => round.cpu)),
      p50: median(times),
      p95: quantile(times, 0.95),
      unexpected,
    };
  });
}
