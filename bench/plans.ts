import { mkdirSync, writeFileSync } from "node:fs";
import { flushRequestLog } from "@/lib/provisioning/http/request-log";
import { capturePlans, indexesIn, type Plan, scannedIn } from "./capture";
import { type Report, say, short } from "./report";
import { openBenchWorkspace, seedPeople } from "./seed";
import type { Stage } from "./stage";

/** A plan as it is stored: the request, then each statement with how it runs. */
function format({ title, statements }: Plan): string {
  const indent = (text: string) => text.replace(/^(?=.)/gm, "  ");
  return `${[title, ...statements.map(({ text, plan }) => `${text.trim()}\n\n${indent(plan)}`)].join("\n\n")}\n`;
}

/** How the statements of SCIM's hot path run at a million members; `--write` stores it. */
export async function measurePlans(stage: Stage, report: Report): Promise<void> {
  const { db, quick, write } = stage;
  const large = quick ? 100_000 : 1_000_000;
  await seedPeople(db, await openBenchWorkspace(db, "planned-beside"), 10_000);
  const workspace = await openBenchWorkspace(db, "planned");
  await seedPeople(db, workspace, large, (done) => say(`  ${short(done)} people seeded`));
  for (const [name, plan] of await capturePlans(db, workspace, large / 10)) {
    const text = format(plan);
    const scanned = scannedIn(text);
    const measured =
      scanned.length === 0 ? `by ${indexesIn(text).length} indexes` : `reads all of ${scanned.join(", ")}`;
    report.add(`plan of ${name}`, measured, "no table read whole", scanned.length === 0);
    report.keep(name, plan);
    if (!write) continue;
    mkdirSync("bench/plans", { recursive: true });
    writeFileSync(`bench/plans/${name}.txt`, text);
  }
  await flushRequestLog();
}
