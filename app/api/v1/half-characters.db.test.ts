import { beforeAll, expect, test } from "vitest";
import { openFilled } from "./support";

// Text that PostgreSQL can't store, wherever REST reads it, is refused or mended, and never causes a 500.

let filled: Awaited<ReturnType<typeof openFilled>>;

beforeAll(async () => {
  filled = await openFilled("half");
});

const odd = ["\uD83D", "x\uDE00y", `${"a".repeat(99)}😀`, "\u0000", "a\u0000b"];

test.each(odd)("A4 %j in bodies", async (text) => {
  const { api } = filled;
  const sent: [string, string, object][] = [
    ["POST", "/members", { email: `p${odd.indexOf(text)}@else.test`, firstName: text, lastName: text }],
    ["POST", "/members", { email: `${text}@else.test` }],
    ["POST", "/teams", { name: `T ${text}` }],
    ["PATCH", "/workspace", { name: `W ${text}` }],
    ["POST", "/domains", { name: `${text}.test` }],
    ["POST", "/webhooks", { url: `http://127.0.0.1:9/${text}`, description: text, events: [] }],
    ["POST", "/webhooks", { url: "http://127.0.0.1:9/", description: "", events: [text] }],
  ];
  for (const [method, path, body] of sent) {
    const { status } = await api(method, path, body);
    expect(status, `${method} ${path} ${JSON.stringify(body)}`).toBeLessThan(500);
  }
});

test.each(["%00", "a%00b", "%ED%A0%BD", "%F0%9F%98"])("A4 %s in queries and paths", async (text) => {
  const { api } = filled;
  const paths = [
    `/members?search=${text}`,
    `/members?email=${text}`,
    `/teams?search=${text}`,
    `/members?cursor=${text}`,
    `/audit-events?action=${text}`,
    `/audit-events?targetId=${text}`,
    `/audit-events?cursor=${text}`,
    `/members/${text}`,
    `/webhooks?cursor=${text}`,
  ];
  for (const path of paths) expect((await api("GET", path)).status, path).toBeLessThan(500);
});
