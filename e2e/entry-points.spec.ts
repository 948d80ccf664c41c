import { expect, test } from "@playwright/test";
import { freePort, type Muster, makeDataFolder, startMuster } from "@/e2e/support/muster";
import { sendRaw } from "@/e2e/support/raw";
import { copyWorkspace } from "@/e2e/support/workspace-folder";

// Every way into the built server that isn't ours to write: Next's and next-auth's own paths, and the request line itself.

const folder = makeDataFolder();
let muster: Muster;

test.beforeAll(async () => {
  copyWorkspace(folder.path);
  muster = await startMuster({ MUSTER_DATA_DIR: folder.path });
});
test.afterAll(async () => {
  await muster.stop();
  folder.remove();
});

const ask = (line: string, ...more: string[]) => {
  const host = more.some((header) => /^host:/i.test(header)) ? [] : [`Host: ${new URL(muster.url).host}`];
  return sendRaw(muster.url, [`${line} HTTP/1.1`, ...host, "Connection: close", ...more, "", ""].join("\r\n"));
};

const post = (path: string, body: string, type = "application/x-www-form-urlencoded", ...more: string[]) => {
  const headers = [`Host: ${new URL(muster.url).host}`, `Origin: ${muster.url}`, `Content-Type: ${type}`, ...more];
  const length = `Content-Length: ${Buffer.byteLength(body)}`;
  return sendRaw(muster.url, [`POST ${path} HTTP/1.1`, ...headers, length, "Connection: close", "", body].join("\r\n"));
};

/** Where an answer sends a browser is a path of ours. */
function staysHere({ headers }: { headers: Headers }): void {
  const location = headers.get("location");
  if (location !== null) expect(new URL(location, muster.url).origin).toBe(muster.url);
}

const lines = [
  "GET *",
  "OPTIONS *",
  "GET http://evil.test/",
  "GET http://evil.test/sign-in",
  "GET http://localhost/api/auth/csrf",
  "GET ?x",
  "GET evil",
  "GET /%",
  "GET /%E0%A4%A",
  "GET /%00",
  "GET /a%00b/settings/members",
  "GET /\\evil.test",
  "GET /_next/static/%2e%2e/%2e%2e/package.json",
  "GET /_next/static/../../../etc/passwd",
  "GET /acme/settings/members?search=%00",
  "TRACE /",
  "TRACE /api/auth/csrf",
  "FOO /sign-in",
  "POST /sign-in",
  "PUT /",
  "GET /api/auth/error?error=__proto__",
  "GET /api/auth/error?error=constructor",
  "GET /api/auth/error",
  "GET /api/auth/error/x",
  "GET /api/auth/signin?callbackUrl=javascript:alert(1)",
  "GET /api/auth/signin?callbackUrl=https://evil.test",
  "GET /api/auth/signin?callbackUrl=//evil.test",
  "GET /api/auth/signin?callbackUrl=http://[",
  "GET /api/auth/signin?callbackUrl=%09//evil.test",
  "GET /api/auth/signin?callbackUrl=/a&callbackUrl=/b",
  "GET /api/auth/signin?error=__proto__",
  "GET /api/auth/signin/__proto__",
  "GET /api/auth/signin/email",
  "GET /api/auth/signout?callbackUrl=javascript:1",
  "GET /api/auth/callback/__proto__",
  "GET /api/auth/callback/constructor",
  "GET /api/auth/callback/google",
  "GET /api/auth/callback/email?token=x&email=%00",
  "GET /api/auth/callback/email?token=%0a&email=a@b.test",
  "GET /api/auth/callback/email?token=a&token=b&email=a@b.test",
  "GET /api/auth/callback/email?token=a&email=a@b.test&callbackUrl=https://evil.test",
  "GET /api/auth/callback",
  "GET /api/auth/__proto__",
  "GET /api/auth/_log",
  "GET /api/auth",
  "GET /api/auth/csrf/x",
  "GET /_next/image?url=https://evil.test/x&w=64&q=75",
  "GET /_next/data/x/y.json",
  "GET /_next/nothing",
];
for (const line of lines) {
  test(`A12 ${line} is a 4xx that leads nowhere`, async () => {
    const answer = await ask(line);
    expect(answer.status).toBeGreaterThanOrEqual(400);
    expect(answer.status).toBeLessThan(500);
    expect(answer.headers.get("location")).toBeNull();
  });
}

const forms: [string, string, string?][] = [
  ["/api/auth/signin/email", "callbackUrl=javascript:1&email=a@b.test"],
  ["/api/auth/signin/email", "callbackUrl=//evil.test&email=a@b.test"],
  ["/api/auth/signin/email", "email=a@b.test&email=b@b.test"],
  ["/api/auth/signin/email", "%00=%00"],
  ["/api/auth/signin/email", '{"callbackUrl":{"a":1}}', "application/json"],
  ["/api/auth/signin/email", "{", "application/json"],
  ["/api/auth/signin/email", "null", "application/json"],
  ["/api/auth/signin/email", "x", "multipart/form-data; boundary=x"],
  ["/api/auth/signin/email", "x".repeat(20_000)],
  ["/api/auth/signin/__proto__", "email=a@b.test"],
  ["/api/auth/signout", '{"callbackUrl":["x"]}', "application/json"],
  ["/api/auth/callback/credentials", "a=b"],
  ["/api/auth/_log", "level=error&code=x&message=y"],
  ["/api/auth/session", "a=b"],
  ["/api/auth/csrf", "a=b"],
  ["/api/auth/providers", "{", "application/json"],
];
for (const [path, body, type] of forms) {
  test(`A12 POST ${path} ${body.slice(0, 40)} is a 4xx`, async () => {
    const answer = await post(path, body, type);
    expect(answer.status, answer.text).toBeGreaterThanOrEqual(400);
    expect(answer.status, answer.text).toBeLessThan(500);
    expect(answer.headers.get("location")).toBeNull();
  });
}

test("A12 server actions, which there are none of, are a 4xx", async () => {
  for (const id of ["__proto__", "00aa", "x".repeat(42)]) {
    const { status } = await post("/sign-in", "[]", "text/plain;charset=UTF-8", `Next-Action: ${id}`);
    expect(status).toBe(405);
  }
});

test("A12 whatever Host or a proxy's header says, nothing leads to it", async () => {
  const hosts = ["evil.test", "a b", "[", "x:y", "localhost:99999", "", "%00", "a@b", "user:pw@evil.test", "a/b"];
  for (const host of hosts)
    for (const path of [
      "/",
      "/sign-in",
      "/acme/settings/members",
      "/api/auth/csrf",
      "/api/auth/signin?callbackUrl=/x",
      "//x",
    ]) {
      const answer = await ask(`GET ${path}`, `Host: ${host}`);
      expect(answer.status, `${host} ${path}`).toBeLessThan(500);
      staysHere(answer);
      expect(answer.text).not.toContain("evil.test/");
    }
  for (const header of [
    "X-Forwarded-Host: evil.test",
    "X-Forwarded-Host: a b",
    "X-Forwarded-Proto: javascript",
    "Forwarded: host=evil.test",
  ])
    for (const path of ["/", "/api/auth/signin", "/api/auth/error?error=Verification"]) {
      const answer = await ask(`GET ${path}`, header);
      expect(answer.status).toBeLessThan(500);
      staysHere(answer);
    }
});

test("A12 pages read nonsense as nothing", async () => {
  const paths = [
    "/sign-in?error=__proto__",
    "/sign-in?error=constructor",
    "/sign-in?error=a&error=b",
    "/sign-in?callbackUrl=javascript:alert(1)",
    "/sign-in?callbackUrl=a&callbackUrl=b",
    "/sign-in/confirm?token=a&token=b&email=c",
    "/sign-in/confirm?token=a&email=b&callbackUrl=%5C%5Cevil.test",
    "/setup?key=a&key=b",
    "/oauth/authorize?client_id=a&client_id=b&redirect_uri=javascript:1",
    "/invite/__proto__",
  ];
  for (const path of paths) {
    const answer = await ask(`GET ${path}`);
    expect(answer.status, path).toBeLessThan(400);
    staysHere(answer);
    expect(answer.text, path).not.toMatch(/href="javascript:|value="javascript:/);
  }
});

test("A12 a planted cookie is forgotten, not obeyed", async () => {
  const answer = await ask("GET /api/auth/csrf", "Cookie: next-auth.callback-url=https%3A%2F%2Fevil.test");
  expect(answer.status).toBe(400);
  expect(answer.cookies).toEqual(["next-auth.callback-url=; Path=/; Max-Age=0"]);
});

test("A12 what is asked for rightly is answered", async () => {
  expect((await ask("GET /api/auth/csrf")).status).toBe(200);
  expect((await ask("GET /api/auth/providers")).status).toBe(200);
  expect((await ask("GET /api/auth/session")).status).toBe(200);
  for (const [line, to] of [
    ["GET /api/auth/signin?callbackUrl=/acme", "/sign-in"],
    ["GET /api/auth/error?error=Verification", "/sign-in"],
    ["GET /api/auth/signout", "/sign-out"],
    ["GET /api/auth/verify-request", "/sign-in"],
  ] as const) {
    const answer = await ask(line);
    expect(answer.status).toBe(302);
    expect(new URL(answer.headers.get("location") ?? "", muster.url).pathname).toBe(to);
  }
});

test("crawlers, people who report a vulnerability and browsers find their files", async () => {
  for (const [path, type, words] of [
    ["/robots.txt", "text/plain", "Disallow: /"],
    ["/.well-known/security.txt", "text/plain", "Contact: /docs/security.html"],
    ["/docs/security.html", "text/html", "Report a vulnerability"],
    ["/manifest.webmanifest", "application/manifest+json", '"/icon.svg"'],
    ["/icon.svg", "image/svg+xml", "<svg"],
  ] as const) {
    const answer = await ask(`GET ${path}`);
    expect(answer.status, path).toBe(200);
    expect(answer.headers.get("content-type"), path).toContain(type);
    expect(answer.text, path).toContain(words);
  }
});

test("A9 over https every cookie of signing in is __Host-", async () => {
  const other = makeDataFolder();
  const port = await freePort();
  const settings = { MUSTER_DATA_DIR: other.path, MUSTER_URL: "https://muster.example.com", PORT: String(port) };
  const secure = await startMuster(settings);
  const text = ["GET /api/auth/csrf HTTP/1.1", "Host: muster.example.com", "Connection: close", "", ""].join("\r\n");
  const { status, cookies } = await sendRaw(`http://127.0.0.1:${port}`, text);
  expect(status).toBe(200);
  expect(cookies.length).toBeGreaterThan(0);
  for (const cookie of cookies) {
    expect(cookie).toMatch(/^__Host-/);
    expect(cookie).toMatch(/Path=\/(;|$)/);
    expect(cookie).toMatch(/; Secure/);
    expect(cookie).not.toMatch(/Domain=/i);
  }
  await secure.stop();
  other.remove();
});
