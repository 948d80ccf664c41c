import { execFileSync } from "node:child_process";
import { type Command, CommanderError } from "@commander-js/extra-typings";
import { beforeEach, expect, test, vi } from "vitest";
import { program } from "./program";

// None of these commands gets as far as a database.

let output = "";
const keep = (text: string) => {
  output += text;
};

/** Errors are thrown instead of ending the process, and texts are kept. */
function capture(command: Command): void {
  command.exitOverride().configureOutput({ writeOut: keep, writeErr: keep });
  for (const one of command.commands as Command[]) capture(one);
}
capture(program);
beforeEach(() => {
  output = "";
});

/** Runs the command; the exit code that it ends with. */
async function muster(...words: string[]): Promise<number> {
  try {
    await program.parseAsync(words, { from: "user" });
    return 0;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode;
    throw error;
  }
}

test.each([
  ["no command", [], /Usage: muster/],
  ["an unknown command", ["workspaces"], /unknown command 'workspaces'.*\n.*workspace/],
  ["an unknown verb", ["token", "made"], /unknown command 'made'/],
  ["an unknown flag", ["token", "list", "--workspace", "acme", "--all"], /unknown option '--all'/],
  ["a word too many", ["token", "list", "acme", "--workspace", "acme"], /too many arguments/],
  ["a missing option", ["token", "create", "--workspace", "acme"], /required option '--name <name>' not specified/],
  ["an empty option", ["token", "revoke", "--workspace", "acme", "--id", ""], /--id <id>.*It is empty\./],
  ["a switch that is neither", ["workspace", "set", "--workspace", "acme", "--scim", "maybe"], /must be on or off/],
  [
    "a number that is none",
    ["seats", "set", "--workspace", "acme", "--limit", "-1"],
    /must be a whole number, or none/,
  ],
  ["a day that is none", ["token", "create", "--workspace", "a", "--expires", "soon"], /must be a date such as/],
  ["a file that isn't there", ["schema", "set", "--workspace", "a", "--file", "/none.json"], /can't be read as JSON/],
])("%s is refused with what to do, and exit code 1", async (_, words, line) => {
  expect(await muster(...words)).toBe(1);
  expect(output).toMatch(line);
});

test("help lists the commands, and each command's help its options", async () => {
  expect(await muster("--help")).toBe(0);
  expect(output).toMatch(/workspace[\s\S]*token[\s\S]*doctor/);
  expect(await muster("token", "create", "--help")).toBe(0);
  for (const option of ["--workspace <slug>", "--scope <scope>", "--json"]) expect(output).toContain(option);
});

test("a shell completes commands, verbs and options", async () => {
  const write = vi.spyOn(process.stdout, "write").mockImplementation((text) => {
    keep(String(text));
    return true;
  });
  await muster("completion", "bash");
  write.mockRestore();
  const complete = (line: string) => {
    const words = line.split(" ");
    const quoted = words.map((word) => JSON.stringify(word)).join(" ");
    const run = `${output}\nCOMP_WORDS=(${quoted})\nCOMP_CWORD=${words.length - 1}\n_muster\necho "\${COMPREPLY[@]}"`;
    return execFileSync("bash", ["-c", run], { encoding: "utf8" }).trim().split(" ");
  };
  expect(complete("muster to")).toEqual(["token"]);
  expect(complete("muster token ")).toEqual(["create", "list", "revoke", "--help"]);
  expect(complete("muster token create --workspace acme --na")).toEqual(["--name"]);
});
