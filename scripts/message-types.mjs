// The catalogue's types, generated from messages/en: each text as a literal, from which the compiler reads keys, arguments and tags.
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
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
  mkdirSync("generated", { recursive: true });
  writeFileSync(join("generated", "messages.d.ts"), lines.join("\n"));
}
