// The catalogue's types, generated from messages/en: each text as a literal, from which the compiler reads keys, arguments and tags.
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const folder = join("messages", "en");

/** Writes generated/messages.d.ts. */
export function generateMessageTypes() {
  const rooms = readdirSync(folder).sort();
  const fields = rooms.map((name) => {
    const text = JSON.stringify(JSON.parse(readFileSync(join(folder, name), "utf8")), null, 2);
    return `  ${name.replace(/\.json$/, "")}: ${text.replaceAll("\n", "\n  ")};`;
  });
  const lines = [
    'import "use-intl";',
    "type Texts = {",
    ...fields,
    "};",
    'declare module "use-intl" {',
    '  interface AppConfig { Locale: "en" | "en-XA"; Messages: Texts }',
    "}",
    "",
  ];
  const path = join("generated", "messages.d.ts");
  const text = lines.join("\n");
  if (existsSync(path) && readFileSync(path, "utf8") === text) return;
  mkdirSync("generated", { recursive: true });
  writeFileSync(path, text);
  // What tsc remembers of its last run names no file that depends on this one, because none imports it.
  rmSync("tsconfig.tsbuildinfo", { force: true });
}
