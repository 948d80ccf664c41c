import { parseArgs } from "node:util";
import { checkNode, generate, install } from "@/scripts/prepare.mjs";
import { measureGroups } from "./measures/groups";
import { measureLargest } from "./measures/largest";
import { measureRequests } from "./measures/requests";
import { measureScale } from "./measures/scale";
import { measureStart } from "./measures/start";
import { measureSync } from "./measures/sync";
import { measurePlans } from "./plans";
import { printFigures, Report } from "./report";
import { stopPrograms } from "./running";
import { onStage, type Stage } from "./stage";

const parts: Record<string, (stage: Stage, report: Report) => Promise<void>> = {
  requests: measureRequests,
  groups: measureGroups,
  sync: measureSync,
  scale: measureScale,
  largest: measureLargest,
  plans: measurePlans,
  start: measureStart,
};

const usage = `npm run bench [-- <part> … --quick]     ${Object.keys(parts).join(", ")}; all of them when none is named
npm run bench -- plans --write          also stores the plans in bench/plans
`;

/** A part that fails is a miss; the others go on. */
async function runPart(name: string, stage: Stage, report: Report): Promise<void> {
  try {
    await parts[name]?.(stage, report);
  } catch (error) {
    report.add(name, error instanceof Error ? error.message.slice(0, 200) : String(error), "no error", false);
    process.exitCode = 1;
  } finally {
    await stopPrograms(); // what a failure left running
  }
}

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      quick: { type: "boolean", default: false },
      write: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  const unknown = positionals.filter((name) => !parts[name]);
  if (values.help || unknown.length > 0) {
    process.stdout.write(usage);
    process.exitCode = values.help ? 0 : 1;
    return;
  }
  checkNode();
  install();
  generate();
  const reports: Report[] = [];
  await onStage(values, async (stage) => {
    for (const name of positionals.length > 0 ? positionals : Object.keys(parts)) {
      const report = new Report(name);
      reports.push(report);
      await runPart(name, stage, report);
      report.save(values.quick);
    }
  });
  printFigures(reports.flatMap(({ figures }) => figures));
}

await main();
