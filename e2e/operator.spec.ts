import { expect, test } from "@playwright/test";
import { freePort, type Muster, makeDataFolder, operate, startMuster } from "@/e2e/support/muster";

// The operator's command in a shell that knows the data folder and nothing else.

type Report = {
  url: string;
  mail: string;
  server: { running: boolean; settings: Record<string, string>; process: { pid: number } };
  mails: { failing: number; list: { to: string; kind: string; detail: string }[] };
  problems: string[];
};

const folder = makeDataFolder();
let muster: Muster;
let smtp: string;

test.beforeAll(async () => {
  smtp = `127.0.0.1:${await freePort()}`;
  muster = await startMuster({
    MUSTER_DATA_DIR: folder.path,
    SMTP_URL: `smtp://muster:hunter2@${smtp}`,
    MUSTER_DNS_SERVERS: "127.0.0.1:9",
    AUTH_OIDC_SECRET: "hunter2 too",
    LOG_LEVEL: "silent",
  });
  operate(folder.path, "workspace", "create", "--name", "Acme", "--slug", "acme", "--admin-email", "a@acme.test");
});
test.afterAll(async () => {
  await muster.stop();
  folder.remove();
});

const doctor = () => JSON.parse(operate(folder.path, "doctor", "--json")) as Report;

test("B5 links of the command lead to the server, wherever it runs", async ({ page }) => {
  const link = operate(folder.path, "sign-in-link", "--email", "a@acme.test").trim();
  expect(link.startsWith(`${muster.url}/sign-in/`)).toBe(true);
  await page.goto(link);
  await page.getByRole("button", { name: "Sign in" }).click();
  await expect(page.getByRole("heading", { name: "Acme" })).toBeVisible();
  const made = ["workspace", "create", "--name", "Beta", "--slug", "beta", "--admin-email", "b@beta.test"];
  expect(operate(folder.path, ...made)).toContain(`${muster.url}/beta/settings`);
});

test("B5 doctor tells what the server uses, and which emails fail and why", async () => {
  const scope = ["--scope", "user_management:read-write"];
  const token = operate(folder.path, "token", "create", "--workspace", "acme", "--name", "T", ...scope).trim();
  const response = await fetch(`${muster.url}/api/v1/members`, {
    method: "POST",
    headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
    body: JSON.stringify({ email: "guest@partner.test" }),
  });
  expect(response.status).toBe(201);
  const failing = () => doctor().mails.list.map(({ to }) => to);
  await expect.poll(failing, { timeout: 60_000 }).toContain("guest@partner.test"); // a server that is away is asked again in steps
  const report = doctor();
  expect(report.url).toBe(muster.url);
  expect(report.mail).toBe(`smtp://${smtp}`);
  expect(report.server).toMatchObject({ running: true, process: { pid: muster.pid } });
  expect(report.server.settings).toMatchObject({
    MUSTER_DNS_SERVERS: "127.0.0.1:9",
    DATABASE_URL: "embedded",
    AUTH_OIDC_SECRET: "set",
  });
  expect(JSON.stringify(report)).not.toContain("hunter2");
  expect(report.mails.failing).toBeGreaterThan(0);
  expect(report.mails.list).toContainEqual(
    expect.objectContaining({
      to: "guest@partner.test",
      kind: "invite",
      detail: expect.stringContaining("ECONNREFUSED"),
    }),
  );
  expect(report.problems.join("\n")).toContain("could not be sent");
  const text = operate(folder.path, "doctor");
  expect(text).toContain(`url         ${muster.url}`);
  expect(text).toContain("guest@partner.test");
  expect(text).not.toContain("hunter2");
});

test("B5 a shell with another secret is told so, instead of a link that is dead", () => {
  const other = { ...process.env };
  process.env.MUSTER_SECRET = "another secret that is long enough, too";
  try {
    expect(() => operate(folder.path, "sign-in-link", "--email", "a@acme.test")).toThrow(/MUSTER_SECRET/);
    expect(doctor().problems.join("\n")).toContain("MUSTER_SECRET");
  } finally {
    if (other.MUSTER_SECRET === undefined) delete process.env.MUSTER_SECRET;
    else process.env.MUSTER_SECRET = other.MUSTER_SECRET;
  }
});

test("B5 after the server has stopped, its address is still the one that links have, and doctor says that it stopped", async () => {
  const own = makeDataFolder();
  const port = await freePort();
  const settings = { MUSTER_DATA_DIR: own.path, MUSTER_URL: "https://muster.example.com", PORT: String(port) };
  const server = await startMuster(settings);
  operate(own.path, "workspace", "create", "--name", "Acme", "--slug", "acme", "--admin-email", "a@acme.test");
  expect(await server.stop()).toBe(0);
  const link = operate(own.path, "sign-in-link", "--email", "a@acme.test");
  expect(link).toMatch(/^https:\/\/muster\.example\.com\/sign-in\//);
  const report = JSON.parse(operate(own.path, "doctor", "--json")) as Report;
  expect(report.server.running).toBe(false);
  expect(report.problems).toContain("The server isn't running. Start it with npm start.");
  own.remove();
});
