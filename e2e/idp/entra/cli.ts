import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { Wire } from "./connector/wire";
import { makeDirectory, makeUser } from "./directory";
import { emptyState, Job, type JobState, type Outcome } from "./job";
import { defaultKnobs, type Knobs, knobValues } from "./knobs";
import { scenarios } from "./scenarios/scenarios";
import { openTenant } from "./tenant";

const usage = `entra: a Microsoft Entra ID provisioning client, as it behaves on the wire

  test-connection      --url U --token T
  provision-on-demand  --url U --token T --domain D [--user NAME]
  cycle                --url U --token T --domain D [--users 200] [--groups 10] [--state FILE] [--restart links|full]
  scenarios            --url U --token T --domain D        on a workspace that holds nothing yet

FILE keeps what Entra remembers: a second cycle writes what is new, deletes who is gone from the directory, and leaves alone what
failed until it is due again (after 6, 12 and 24 hours, then daily). --restart links forgets failures, full the links as well.

Knobs: --flag  --match-attr userName|externalId|email  --external-id mailNickname|objectId
       --member-chunk 1  --member-concurrency 8
       --knob NAME=VALUE, as often as wanted, for the others; --knob help lists them
`;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    url: { type: "string" },
    token: { type: "string" },
    domain: { type: "string", default: "acme.test" },
    users: { type: "string", default: "200" },
    groups: { type: "string", default: "10" },
    user: { type: "string" },
    state: { type: "string" },
    restart: { type: "string" },
    flag: { type: "boolean", default: false },
    "match-attr": { type: "string", default: "userName" },
    "external-id": { type: "string", default: "mailNickname" },
    "member-chunk": { type: "string", default: "1" },
    "member-concurrency": { type: "string", default: "8" },
    knob: { type: "string", multiple: true, default: [] },
    help: { type: "boolean", default: false },
  },
});

class Usage extends Error {}

function oneOf<Word extends string>(name: string, value: string, words: readonly Word[]): Word {
  const word = words.find((known) => known === value);
  if (word === undefined) throw new Usage(`--${name} is one of ${words.join(", ")}.`);
  return word;
}

function whole(name: string, value: string, least: number): number {
  const number = Number(value);
  if (!Number.isInteger(number) || number < least) throw new Usage(`--${name} is a whole number from ${least}.`);
  return number;
}

/** The knobs that have no option of their own: each with one of the values that are tried of it. */
function otherKnobs(): Partial<Knobs> {
  const known = Object.entries(knobValues) as [string, readonly unknown[]][];
  const list = known.map(([name, choices]) => `  ${name}=${choices.map(String).join(" | ")}`).join("\n");
  const read = values.knob.map((text) => {
    const [name = "", value] = text.split("=", 2);
    const found = known.find(([one]) => one === name)?.[1].find((choice) => String(choice) === value);
    if (found === undefined) throw new Usage(`--knob is one of\n${list}`);
    return [name, found];
  });
  return Object.fromEntries(read) as Partial<Knobs>;
}

function readKnobs(): Knobs {
  const match = oneOf("match-attr", values["match-attr"], ["userName", "externalId", "email"] as const);
  return {
    ...defaultKnobs,
    flag: values.flag,
    matchAttr: match === "email" ? 'emails[type eq "work"].value' : match,
    externalIdSource: oneOf("external-id", values["external-id"], ["mailNickname", "objectId"] as const),
    memberChunk: whole("member-chunk", values["member-chunk"], 1),
    memberConcurrency: whole("member-concurrency", values["member-concurrency"], 1),
    ...otherKnobs(),
  };
}

function required(name: "url" | "token"): string {
  const value = values[name];
  if (!value) throw new Usage(`--${name} is missing.`);
  return value;
}

function verdict(passed: boolean, text: string): void {
  console.log(`${passed ? "✓" : "✗"} ${text}`);
  if (!passed) process.exitCode = 1;
}

/** A bar that is drawn over itself on a terminal, and one line a step elsewhere. */
function drawProgress(step: string, done: number, total: number): void {
  const width = 24;
  const filled = Math.round((width * done) / total);
  const line = `  ${step.padEnd(9)} ${"█".repeat(filled)}${"░".repeat(width - filled)} ${done}/${total}`;
  if (process.stdout.isTTY) process.stdout.write(`\r${line}${done === total ? "\n" : ""}`);
  else if (done === total) console.log(line);
}

/** A file of an earlier version lacks what was not kept then. */
function readState(): JobState {
  const isKept = values.state && existsSync(values.state);
  return isKept ? { ...emptyState(), ...JSON.parse(readFileSync(values.state ?? "", "utf8")) } : emptyState();
}

/** What a cycle came to, when something failed or was left in escrow by an earlier one; null when all is well. */
function whyNotInSync({ failures, state }: Job, outcome: Outcome): string | null {
  if (outcome !== "done") {
    const since = new Date(state.quarantine?.since ?? 0).toISOString();
    return `nothing was sent: the job is ${outcome} (${state.quarantine?.reason}) since ${since}; see --restart`;
  }
  const waiting = Object.keys(state.escrow).length;
  const told = [failures.length > 0 && `${failures.length} objects failed`, waiting > 0 && `${waiting} wait in escrow`];
  return told.filter(Boolean).join(", ") || null;
}

function summary(wire: Wire): void {
  console.log(`\n  requests: ${wire.requests}\n  writes: ${wire.writes}\n  checks: ${wire.checks} passed`);
}

const commands: Record<string, (wire: Wire, knobs: Knobs) => Promise<void>> = {
  "test-connection": async (wire, knobs) => {
    await new Job(wire, knobs).testConnection();
    verdict(true, "Test connection: the supplied credentials are authorized to enable provisioning");
  },
  "provision-on-demand": async (wire, knobs) => {
    const job = new Job(wire, knobs, readState());
    const user = {
      ...makeUser(values.domain, 0),
      ...(values.user && {
        mailNickname: values.user,
        userPrincipalName: `${values.user}@${values.domain}`,
        mail: `${values.user}@${values.domain}`,
      }),
    };
    const id = await job.provisionOnDemand(user);
    verdict(true, `${user.userPrincipalName} is provisioned (${id})`);
    summary(wire);
  },
  cycle: async (wire, knobs) => {
    const state = readState();
    const job = new Job(wire, knobs, state);
    if (values.restart) job.restart(oneOf("restart", values.restart, ["links", "full"] as const));
    const directory = makeDirectory(values.domain, whole("users", values.users, 0), whole("groups", values.groups, 0));
    // Anchors are kept as they are won, so that a cycle that is cut off goes on where it was.
    const save = () => values.state && writeFileSync(values.state, JSON.stringify(state));
    const outcome = await job.cycle(directory, (step, done, total) => {
      drawProgress(step, done, total);
      if (done % 50 === 0 || done === total) save();
    });
    save();
    summary(wire);
    for (const { object, code, why } of job.failures.slice(0, 20)) console.log(`  ✗ ${object}: ${code}: ${why}`);
    const why = whyNotInSync(job, outcome);
    verdict(why === null, why ?? "every object is in sync");
  },
};

async function runScenarios(knobs: Knobs): Promise<void> {
  if (knobs.deleteMode === "active unmapped") throw new Usage("The scenarios need active to be mapped.");
  const options = {
    url: required("url"),
    token: required("token"),
    domain: values.domain,
    knobs,
    users: 40,
    groups: 3,
  };
  const tenant = openTenant(options);
  for (const [name, run] of Object.entries(scenarios)) {
    await run(tenant);
    verdict(true, name);
  }
  summary(tenant.wire);
  tenant.wire.close();
}

async function main(): Promise<void> {
  const [name = ""] = positionals;
  const knobs = readKnobs();
  if (name === "scenarios") return runScenarios(knobs);
  const command = commands[name];
  if (values.help || !command) {
    console.log(usage);
    process.exitCode = values.help ? 0 : 1;
    return;
  }
  const wire = new Wire(required("url"), required("token"), knobs.flag, knobs);
  await command(wire, knobs).finally(() => wire.close());
}

main().catch((error: unknown) => {
  console.error(`✗ ${error instanceof Error ? error.message : String(error)}`);
  process.exit(1);
});
