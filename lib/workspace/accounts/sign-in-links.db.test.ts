import { beforeEach, describe, expect, test, vi } from "vitest";
import { all, one, run, sql } from "@/lib/db";
import { addPerson, addUnmanaged, openWorkspace } from "@/lib/provisioning/testing/decisions";
import { listPeople } from "@/lib/workspace/members/directory";
import { waitToAsk } from "./sign-in-limit";
import { askSignInLink, createSignInLink } from "./sign-in-links";

const here = globalThis as { musterAsks?: Map<string, number[]> };
beforeEach(() => here.musterAsks?.clear());

const links = (address: string) => all(sql`SELECT 1 FROM "VerificationToken" WHERE identifier = ${address}`);
const mails = (address: string) => all(sql`SELECT 1 FROM "Mail" WHERE "to" = ${address} AND kind = 'sign_in'`);
const rows = async () =>
  (
    await one<{ count: number }>(
      sql`SELECT (SELECT count(*) FROM "VerificationToken") + (SELECT count(*) FROM "Mail") AS count`,
    )
  )?.count;

let visitors = 0;
const visitor = () => `203.0.113.${++visitors % 250}`;

async function openAccount(): Promise<string> {
  const workspace = await openWorkspace("links");
  const address = `ana@${workspace.domain}`;
  await addPerson(workspace, address);
  return address;
}

/** What an ask is answered with: null when it is let through, else the words. */
const ask = (address: string, from: string | null = visitor()) =>
  askSignInLink(address, "/", from).then(
    () => null,
    (error: { reason: string; detail: string }) => error.detail,
  );

test("B2 an address with a host in Unicode is found by the form, the operator's command and REST", async () => {
  const workspace = await openWorkspace("idn");
  const typed = `Ana-${workspace.slug}@Bücher.test`;
  const id = await addUnmanaged(workspace, typed);
  expect(await ask(typed)).toBeNull();
  expect(await links(`ana-${workspace.slug}@xn--bcher-kva.test`)).toHaveLength(1);
  expect(await createSignInLink(` ${typed}`)).not.toBeNull();
  const { people } = await listPeople(workspace.id, { email: `${typed} `, limit: 2 });
  expect(people.map((person) => person.id)).toEqual([id]);
});

describe("B1 sign-in links", () => {
  test("B1 six asks by a stranger leave the owner with links that work, and with a time to ask again", async () => {
    const address = await openAccount();
    for (let each = 0; each < 5; each++) expect(await ask(address)).toBeNull();
    expect(await links(address)).toHaveLength(5);
    expect(await mails(address)).toHaveLength(5);
    expect(await ask(address)).toMatch(/newest link in your mailbox.*another in 60 minutes/);
    expect(await links(address), "none is made that is not mailed").toHaveLength(5);
  });

  test("B1 an address without an account is answered with the same words, and leaves no row", async () => {
    const [known, before] = [await openAccount(), await rows()];
    const answers = async (address: string) => {
      const outcomes: (string | null)[] = [];
      for (let each = 0; each < 7; each++) outcomes.push(await ask(address));
      return outcomes;
    };
    const unknown = await answers("nobody@nowhere.test");
    expect(await rows()).toBe(before);
    expect(unknown).toEqual(await answers(known));
  });

  test("B1 links that have expired do not count, and are gone with the next one", async () => {
    const address = await openAccount();
    for (let each = 0; each < 5; each++) await ask(address);
    await run(sql`UPDATE "VerificationToken" SET expires = now() - interval '1 second' WHERE identifier = ${address}`);
    here.musterAsks?.clear();
    expect(await ask(address)).toBeNull();
    expect(await links(address)).toHaveLength(1);
  });

  test("B1 five an hour: the sixth is let through when the first is an hour ago", () => {
    vi.useFakeTimers();
    const at = (minutes: number) => minutes * 60_000;
    for (let each = 0; each < 5; each++) expect(waitToAsk("a@b.test", visitor(), at(each))).toBe(0);
    expect(waitToAsk("a@b.test", visitor(), at(30))).toBe(1_800);
    expect(waitToAsk("a@b.test", visitor(), at(60))).toBe(0);
    expect(waitToAsk("a@b.test", visitor(), at(60))).toBe(60);
    vi.useRealTimers();
  });

  test("B1 one visitor asks for sixty addresses in ten minutes at most; others are let through", () => {
    for (let each = 0; each < 60; each++) expect(waitToAsk(`${each}@b.test`, "198.51.100.7", 0)).toBe(0);
    expect(waitToAsk("one.more@b.test", "198.51.100.7", 0)).toBe(600);
    expect(waitToAsk("one.more@b.test", "198.51.100.8", 0)).toBe(0);
  });

  test("B1 what is remembered of asks has an end", () => {
    for (let each = 0; each < 60_000; each++) waitToAsk(`${each}@b.test`, `v${each}`, 0);
    expect(here.musterAsks?.size).toBeLessThanOrEqual(50_000);
  });

  test("B1 the link goes to the address that is stored, not to the one that was typed, and to no other spelling's mailbox", async () => {
    const address = await openAccount();
    expect(await ask(` ${address.toUpperCase()} `)).toBeNull();
    expect(await mails(address)).toHaveLength(1);
    expect(await ask("not an address")).toMatch(/^Enter an email address/);
  });

  test("B1 the operator's link is made whatever was asked for before", async () => {
    const address = await openAccount();
    for (let each = 0; each < 6; each++) await ask(address);
    expect(await createSignInLink(address)).toMatch(/^http:\/\/muster\.test\/sign-in\/confirm\?/);
    expect(await createSignInLink("nobody@nowhere.test")).toBeNull();
  });
});
