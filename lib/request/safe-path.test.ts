import { beforeAll, expect, test } from "vitest";
import { safePath } from "./safe-path";

beforeAll(() => {
  process.env.DATABASE_URL ||= "postgresql://localhost/none";
  process.env.MUSTER_SECRET ||= "a secret that is long enough for tests";
  process.env.MUSTER_URL = "https://muster.test";
});

test.each([
  ["/acme/settings?tab=1", "/acme/settings?tab=1"],
  ["https://muster.test/acme", "/acme"],
  ["https://evil.test/acme", "/"],
  ["//evil.test", "/"],
  ["/\\evil.test", "/"],
  ["\\\\evil.test", "/"],
  ["/\tevil", "/"],
  ["javascript:alert(1)", "/"],
  ["https://muster.test@evil.test/", "/"],
  ["https://muster.test//evil.test", "/evil.test"],
  ["http://muster.test/", "/"],
  [undefined, "/"],
])("T25 %s leads to %s", (target, path) => {
  expect(safePath(target)).toBe(path);
});
