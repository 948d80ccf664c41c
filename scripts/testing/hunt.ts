import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import fc from "./fast-check";
import { fuzzFactor, isFuzzing } from "./seeds";

const corpus = join("lib", "scim", "corpus");

function read<Value>(file: string): Value[] {
  return existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as Value[]) : [];
}

/** Adds a case that failed while fuzzing to the corpus; every later hunt begins with it. */
function keep<Value>(file: string, value: Value): void {
  const known = read<Value>(file);
  if (known.some((one) => JSON.stringify(one) === JSON.stringify(value))) return;
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, `${JSON.stringify([...known, value], null, 2)}\n`);
}

/**
 * Searches for a value that makes `check` throw: first all that ever failed (lib/scim/corpus/<name>.json), then `runs` generated ones, the
 * same each time. `npm run fuzz` generates new ones, and keeps failures, shrunk. Values must be JSON.
 */
export async function hunt<Value>(
  name: string,
  values: fc.Arbitrary<Value>,
  runs: number,
  check: (value: Value) => void | Promise<void>,
): Promise<void> {
  const file = join(corpus, `${name}.json`);
  const property = fc.asyncProperty(values, async (value) => check(value));
  const examples = read<Value>(file).map((value): [Value] => [value]);
  const result = await fc.check(property, { numRuns: runs * fuzzFactor + examples.length, examples });
  if (!result.failed) return;
  const [found] = result.counterexample ?? [];
  if (found !== undefined && isFuzzing) keep(file, found);
  const report = `${name}: ${JSON.stringify(found)}\n${fc.defaultReportMessage(result)}`;
  throw new Error(report, { cause: result.errorInstance });
}
