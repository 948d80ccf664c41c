// Prerequisites for running anything: packages, Prisma's client, the build. Plain Node, no packages needed.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { generateMessageTypes } from "./message-types.mjs";

export const root = dirname(dirname(fileURLToPath(import.meta.url)));
process.chdir(root);
process.env.NEXT_TELEMETRY_DISABLED = "1";
process.env.CHECKPOINT_DISABLE = "1";

/** Exits with one line that says what to do. */
export function fail(line) {
  process.stderr.write(`${line}\n`);
  process.exit(1);
}

/** Runs a program to its end; if it fails, exits with its output. */
export function run(program, args, { quiet = false, env = {} } = {}) {
  const result = spawnSync(program, args, {
    stdio: quiet ? ["ignore", "pipe", "pipe"] : "inherit",
    env: { ...process.env, ...env },
    encoding: "utf8",
  });
  if (result.status === 0) return;
  if (quiet) process.stderr.write(`${result.stdout ?? ""}${result.stderr ?? ""}`);
  fail(`${program} ${args.join(" ")} did not work.`);
}

export function bin(name) {
  return join(root, "node_modules", ".bin", name);
}

export function checkNode() {
  const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
  if (major < 20 || (major === 20 && minor < 19)) {
    fail(`Muster needs Node 20.19 or newer; this is ${process.versions.node}.`);
  }
}

/** Installs packages if the lock file differs from what is installed. */
export function install() {
  const stamp = join("node_modules", ".muster-lock");
  const wanted = hashOf(["package-lock.json"]);
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === wanted) return;
  const there = existsSync(join("node_modules", ".package-lock.json"));
  const isFresh =
    there && statSync(join("node_modules", ".package-lock.json")).mtimeMs > statSync("package-lock.json").mtimeMs;
  if (!isFresh) {
    process.stdout.write("  Installing packages …\n");
    run("npm", ["ci", "--no-audit", "--no-fund", "--include=dev"], { quiet: true });
  }
  writeFileSync(stamp, wanted);
}

/** Generates the catalogue's types and Prisma's client. The engine's path only has to exist: the engine isn't run, and nothing is downloaded. */
export function generate() {
  generateMessageTypes();
  const stamp = join("generated", "stamp");
  const wanted = hashOf(["prisma/schema.prisma", "package-lock.json"]);
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === wanted) return;
  run(bin("prisma"), ["generate"], { quiet: true, env: { PRISMA_SCHEMA_ENGINE_BINARY: process.execPath } });
  mkdirSync("generated", { recursive: true });
  writeFileSync(stamp, wanted);
}

const sources = [
  "app",
  "components",
  "lib",
  "messages",
  "scripts",
  "prisma",
  "generated/stamp",
  "server.ts",
  "proxy.ts",
  "next.config.ts",
  "postcss.config.mjs",
  "tsconfig.json",
  "package-lock.json",
];

/** Builds pages and server if a source has changed since the last build. */
export function build() {
  const stamp = join(".next", "muster-build");
  const wanted = hashOf(sources);
  const isBuilt =
    existsSync("dist/server.mjs") &&
    existsSync("dist/muster.mjs") &&
    existsSync(stamp) &&
    readFileSync(stamp, "utf8") === wanted;
  if (isBuilt) return;
  process.stdout.write("  Building …\n");
  run(bin("next"), ["build"], { quiet: true, env: { NODE_ENV: "production" } });
  const flags = [
    "--bundle",
    "--platform=node",
    "--format=esm",
    "--target=node20.19",
    "--packages=external",
    "--jsx=automatic",
  ];
  const bundle = (source, name) =>
    run(bin("esbuild"), [source, ...flags, `--outfile=dist/${name}`, "--log-level=warning"], { quiet: true });
  bundle("server.ts", "server.mjs");
  bundle("scripts/muster.ts", "muster.mjs");
  writeFileSync(stamp, hashOf(sources)); // next build may complete tsconfig.json
}

function hashOf(paths) {
  const hash = createHash("sha256");
  const add = (path) => {
    if (!existsSync(path)) return;
    if (statSync(path).isDirectory()) for (const name of readdirSync(path).sort()) add(join(path, name));
    else hash.update(path).update("\0").update(readFileSync(path));
  };
  for (const path of paths) add(path);
  return hash.digest("hex");
}
