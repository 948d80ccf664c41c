import { expect, test } from "vitest";
import { agentName, initials, optional, relativeTime } from "./format";
import { translator } from "./messages/translator";

const t = translator("common", "en");

test("times as people say them", () => {
  const now = Date.UTC(2026, 0, 10, 12);
  const at = (seconds: number) => relativeTime(new Date(now + seconds * 1000).toISOString(), now, t);
  expect([-5, 1, 30, -60, -7_200, -86_400, 3 * 86_400, -40 * 86_400].map(at)).toEqual([
    "just now",
    "just now",
    "in a moment",
    "1 minute ago",
    "2 hours ago",
    "yesterday",
    "in 3 days",
    "last month",
  ]);
});

test("counts, initials and clients", () => {
  expect(optional("by", "none")).toEqual({ by: "none", hasBy: "yes" });
  expect(optional("by", null)).toEqual({ by: "", hasBy: "no" });
  expect([initials("Ada Lovelace King"), initials("zoë@acme.test"), initials("")]).toEqual(["AL", "ZA", ""]);
  const chrome = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 Chrome/130.0 Safari/537.36";
  expect([agentName(chrome, t), agentName(null, t), agentName("Azure-AD-Provisioning/1", t)]).toEqual([
    "Chrome on macOS",
    "Unknown client",
    "Azure-AD-Provisioning/1",
  ]);
});
