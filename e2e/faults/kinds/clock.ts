import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { askBeside } from "@/e2e/faults/beside";
import { emptyTally } from "@/e2e/faults/recording-client";
import { addPeople, openScim } from "@/e2e/faults/scim";
import { openSite, type Site, writeDuring } from "@/e2e/faults/site";
import { type Row, rowOf } from "@/e2e/faults/table";
import { type MailServer, openMailServer } from "@/e2e/support/mail-server";
import { operate } from "@/e2e/support/muster";
import { makeWorkspaceFolder } from "@/e2e/support/workspace-folder";
import { openEmbeddedPostgres } from "@/scripts/embedded/postgres";
import { keptSecret } from "@/scripts/embedded/secret";

/** Where Debian-based systems install libfaketime, which gives a process a different clock. */
const libraries = ["x86_64", "aarch64"].map((cpu) => `/usr/lib/${cpu}-linux-gnu/faketime/libfaketimeMT.so.1`);

const shifts = ["+86400", "-86400", "+300", "-300", "+0"];

/** An installation whose server clock can be set while the database's clock keeps running. */
async function openWithClock(library: string) {
  const folder = makeWorkspaceFolder();
  const database = await openEmbeddedPostgres(folder.path);
  const mails = await openMailServer();
  const clock = join(folder.path, "clock");
  writeFileSync(clock, "+0");
  const settings = {
    DATABASE_URL: database.url,
    MUSTER_SECRET: keptSecret(folder.path),
    SMTP_URL: mails.url,
    MUSTER_INVITE_DELAY: "0",
    LD_PRELOAD: library,
    FAKETIME_TIMESTAMP_FILE: clock,
    FAKETIME_NO_CACHE: "1",
    FAKETIME_DONT_FAKE_MONOTONIC: "1",
  };
  const site = await openSite(settings, { ...folder, remove: () => {} });
  const remove = async () => {
    await site.remove();
    await mails.close();
    await database.release();
    folder.remove();
  };
  return { site, mails, set: (shift: string) => writeFileSync(clock, shift), remove };
}

/** F11: the server's clock jumps by a day and by minutes; everything that expires follows the database's clock, and nothing stops. */
export async function jumpClock(times: number, jumps = shifts): Promise<Row> {
  const library = libraries.find((path) => existsSync(path));
  if (!library) return rowOf("F11", "the clock jumps (not tried: libfaketime is not installed)", 0, [], emptyTally());
  const { site, mails, set, remove } = await openWithClock(library);
  const losses: string[] = [];
  const scim = openScim(() => site.muster.url, site.token, site.tally);
  const words = ["token", "create", "--workspace", "acme", "--name", "Clock", "--scope", "user_management:read"];
  const token = operate(site.folder, ...words).trim();
  const cookie = await signIn(site, "a@acme.test");
  for (let done = 0; done < times; done++) {
    for (const shift of jumps) {
      const said = (what: string[]) => losses.push(...what.map((one) => `${shift} s: ${one}`));
      await writeDuring(site, async () => {
        await sleep(300);
        set(shift);
        const userName = `clock${done}${shift}@acme.test`;
        await addPeople(scim, [userName]);
        said(await stuckMails(mails));
        said(await wrongReadiness(site));
        said(await wrongTokens(site, token));
        said(await wrongSignIn(site));
        if ((await sessionStatus(site, cookie)) !== 200) said(["a session ended by the jump"]);
      });
      said(await wrongTurns(site));
    }
    losses.push(...(await site.examine()));
  }
  await remove();
  return rowOf("F11", `the server's clock jumps: ${jumps.join(", ")} s`, times, losses, site.tally);
}

/** Checks that more emails are sent than were being sent when the clock jumped. */
async function stuckMails({ mails }: MailServer): Promise<string[]> {
  const wanted = mails.length + 10;
  for (const end = performance.now() + 10_000; performance.now() < end; await sleep(100)) {
    if (mails.length >= wanted) return [];
  }
  return [`only ${mails.length + 10 - wanted} mails have left within ten seconds`];
}

async function wrongReadiness({ muster }: Site): Promise<string[]> {
  const answer = await fetch(`${muster.url}/readyz`);
  return answer.status === 200 ? [] : [`/readyz: ${await answer.text()}`];
}

/** Checks a token that has expired by the database's clock, one that hasn't, and the lifetime of one that is issued now. */
async function wrongTokens({ folder, muster }: Site, token: string): Promise<string[]> {
  const statusWhenItEnds = async (seconds: number): Promise<number> => {
    const text = `UPDATE "AccessToken" SET "expiresAt" = now() + make_interval(secs => $1) WHERE "publicId" = $2`;
    await askBeside(folder, text, [seconds, token.slice(4, 12)]);
    const headers = { authorization: `Bearer ${token}` };
    return (await fetch(`${muster.url}/scim/v2/Users?count=1`, { headers })).status;
  };
  const ended = await statusWhenItEnds(-1);
  const live = await statusWhenItEnds(60);
  const life = await issuedLife(muster.url, token);
  const text = `UPDATE "AccessToken" SET "expiresAt" = NULL WHERE "publicId" = $1`; // the request log uses the server's clock
  await askBeside(folder, text, [token.slice(4, 12)]);
  return [
    ...(ended === 401 ? [] : [`a token that had ended was answered with ${ended}`]),
    ...(live === 200 ? [] : [`a token that had not ended was answered with ${live}`]),
    ...(Math.abs(life - 3_600) < 120 ? [] : [`a token that is issued for an hour lives for ${Math.round(life)} s`]),
  ];
}

/** The lifetime in seconds of a token from the token endpoint, measured by a correct clock. */
async function issuedLife(url: string, token: string): Promise<number> {
  const client = { client_id: token.slice(0, 12), client_secret: token };
  const post = async (path: string, form: Record<string, string>) => {
    const answer = await fetch(`${url}/oauth/${path}`, { method: "POST", body: new URLSearchParams(form) });
    return (await answer.json()) as Record<string, unknown>;
  };
  const issued = await post("token", { grant_type: "client_credentials", ...client });
  const seen = await post("introspect", { token: String(issued.access_token), ...client });
  return Number(seen.exp) - Date.now() / 1000;
}

/** Uses a sign-in link: it leads to the workspace with a cookie, or to the page that says why not. */
async function openLink({ folder, muster }: Site, email: string): Promise<string | null> {
  const link = new URL(/https?:\S+/.exec(operate(folder, "sign-in-link", "--email", email))?.[0] ?? "");
  const query = new URLSearchParams(link.search);
  const address = `${muster.url}/api/auth/callback/email?${query}`;
  const headers = { origin: muster.url, "content-type": "application/x-www-form-urlencoded" };
  const answer = await fetch(address, { method: "POST", headers, redirect: "manual" });
  const cookies = answer.headers.getSetCookie().map((cookie) => cookie.split(";", 1)[0] ?? "");
  return cookies.find((cookie) => /session-token=./.test(cookie)) ?? null;
}

async function signIn(site: Site, email: string): Promise<string> {
  const cookie = await openLink(site, email);
  if (cookie === null) throw new Error("A sign-in link was not taken.");
  return cookie;
}

async function sessionStatus({ muster }: Site, cookie: string): Promise<number> {
  return (await fetch(`${muster.url}/api/account`, { headers: { cookie } })).status;
}

/** Checks that a link works for an hour, and opens a session for thirty days, by the database's clock. */
async function wrongSignIn(site: Site): Promise<string[]> {
  const wrong: string[] = [];
  if ((await openLink(site, "a@acme.test")) === null) wrong.push("a link that had not ended was not taken");
  const [row] = await askBeside<{ days: number }>(
    site.folder,
    `SELECT extract(epoch FROM max(expires) - now())::float8 / 86400 AS days FROM "Session"`,
  );
  if (Math.abs((row?.days ?? 0) - 30) > 0.01) wrong.push(`a session is open for ${row?.days.toFixed(2)} days`);
  return wrong;
}

/** Checks that the turns of hourly jobs follow the database's clock. */
async function wrongTurns({ folder }: Site): Promise<string[]> {
  const rows = await askBeside<{ job: string }>(folder, `SELECT job FROM "JobTurn" WHERE "begunAt" > now()`);
  return rows.map(({ job }) => `${job} had its last turn in the future`);
}
