import type { Measured } from "./load";
import { type Report, short } from "./report";

/** Numbers by work, server and clients. */
export class Results {
  readonly #all = new Map<string, Measured>();

  add(work: string, measured: Measured): void {
    this.#all.set(`${work}, ${measured.name}, ${measured.clients}`, measured);
  }

  find(work: string, name: string, clients: number): Measured {
    const measured = this.#all.get(`${work}, ${name}, ${clients}`);
    if (!measured) throw new Error(`${work}, ${name}, ${clients} was not measured`);
    return measured;
  }

  entries(): [string, Measured][] {
    return [...this.#all];
  }
}

/** The answers that should not have come, or "". */
export function unexpectedIn({ unexpected }: Measured): string {
  return Object.entries(unexpected)
    .map(([status, count]) => `${count} × ${status === "0" ? "no answer" : status}`)
    .join(", ");
}

type Comparison = { work: string; name: string; bare: string };

/** Tells a ratio at 1, 16 and 64 clients; the bar counts at 16, and only when every answer was as expected. */
function judge(
  { work, name, bare }: Comparison,
  results: Results,
  report: Report,
  { unit, read, bar, isMet }: Judgement,
): void {
  for (const clients of [1, 16, 64]) {
    const [mine, theirs] = [results.find(work, name, clients), results.find(work, bare, clients)];
    const ratio = read(mine) / read(theirs);
    const bad = [mine, theirs].map(unexpectedIn).join("");
    const measured = `${short(ratio)} × (${short(read(mine))} against ${short(read(theirs))} ${unit})`;
    const title = `${work}, ${name}, ${unit === "ms" ? "CPU" : "requests/s"} at ${clients}`;
    if (clients === 16) report.add(title, bad === "" ? measured : bad, `${bar} × ${bare}`, isMet(ratio) && bad === "");
    else report.tell(title, measured);
  }
}

type Judgement = {
  unit: string;
  read: (measured: Measured) => number;
  bar: string;
  isMet: (ratio: number) => boolean;
};

/** Whether single requests reach their bars. */
export function judgeRequests(results: Results, report: Report): void {
  const cpu = (work: string, name: string, bare: string, most: number) =>
    judge({ work, name, bare }, results, report, {
      unit: "ms",
      read: (measured) => measured.cpu,
      bar: `≤ ${most}`,
      isMet: (ratio) => ratio <= most,
    });
  const speed = (work: string, name: string, bare: string, least: number) =>
    judge({ work, name, bare }, results, report, {
      unit: "/s",
      read: (measured) => measured.perSecond,
      bar: `≥ ${least}`,
      isMet: (ratio) => ratio >= least,
    });
  cpu("lookup", "server.ts", "bare SELECT", 2);
  speed("lookup", "server.ts", "bare SELECT", 0.5);
  cpu("lookup", "route handler", "Next baseline", 1.3);
  speed("page of 100", "server.ts", "bare rows + count", 1);
  speed("ServiceProviderConfig", "server.ts", "bare static", 0.4);
  speed("POST /Users", "server.ts", "bare INSERT", 0.15);
  const post = results.find("POST /Users", "server.ts", 16);
  report.add("POST /Users, server.ts, CPU at 16", `${short(post.cpu)} ms`, "≤ 2.5 ms", post.cpu <= 2.5);
  const bad = [1, 16, 64].map((clients) => unexpectedIn(results.find("POST /Users", "server.ts", clients))).join("");
  report.add("POST /Users, server.ts, other answers, also at 64", bad || "none", "none", bad === "");
}
