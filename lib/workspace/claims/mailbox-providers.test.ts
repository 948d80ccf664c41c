import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { daysOld, isConsumerMail, listNote, providerList, whyListIsOld } from "./mailbox-providers";

describe("B6 domains of mailbox providers", () => {
  test.each(
    "gmail.com googlemail.com outlook.com outlook.de hotmail.com hotmail.co.uk live.com live.nl msn.com yahoo.com yahoo.co.jp yahoo.com.br ymail.com gmx.net gmx.at web.de t-online.de icloud.com me.com aol.com proton.me protonmail.com yandex.ru mail.ru qq.com 163.com naver.com free.fr orange.fr libero.it seznam.cz wp.pl comcast.net att.net btinternet.com bigpond.com hey.com fastmail.com tutanota.com zoho.com".split(
      " ",
    ),
  )("B6 %s is for its customers", (name) => expect(isConsumerMail(name)).toBe(true));

  test.each([
    "bt.com",
    "telstra.com",
    "facebook.com",
    "alibaba.com",
    "discovery.com",
    "rogers.com",
    "ancestry.com",
    "singpost.com",
    "mailinator.com",
  ])("B6 %s is only warned about", (name) => {
    expect(isConsumerMail(name)).toBe(false);
    expect(listNote(name)).toContain(`${name} is on a list`);
    expect(listNote(name)).toContain(providerList.date);
  });

  test.each([
    "acme.com",
    "example.com",
    "yahoo.acme.com",
    "live.acme.co.uk",
    "gmail.acme",
    "outlook.example",
    "mygmail.com",
  ])("B6 %s is nobody's but its owner's", (name) => {
    expect(isConsumerMail(name)).toBe(false);
    expect(listNote(name)).toBeNull();
  });

  test("B6 the list is dated: a new version of the package takes a new day", () => {
    const { version } = JSON.parse(readFileSync("node_modules/email-providers/package.json", "utf8")) as {
      version: string;
    };
    expect(providerList.version).toBe(version);
  });

  test("B6 an old list is told", () => {
    const day = Date.parse(providerList.date);
    expect(daysOld(new Date(day + 3 * 86_400_000))).toBe(3);
    expect(whyListIsOld(new Date(day + 365 * 86_400_000))).toBeNull();
    expect(whyListIsOld(new Date(day + 366 * 86_400_000))).toContain(providerList.date);
  });
});
