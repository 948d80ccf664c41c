import { afterEach, describe, expect, test, vi } from "vitest";
import { request } from "./request";

afterEach(() => vi.unstubAllGlobals());

describe("D7 offline", () => {
  test("D7 a change is refused at once and never leaves, also not when the network is back", async () => {
    const sent = vi.fn();
    vi.stubGlobal("fetch", sent);
    vi.stubGlobal("navigator", { onLine: false });
    await expect(request("DELETE", "/api/invite")).rejects.toMatchObject({
      message: "You are offline. Nothing was sent.",
      code: "offline",
    });
    vi.stubGlobal("navigator", { onLine: true });
    await new Promise((done) => setTimeout(done, 0));
    expect(sent).not.toHaveBeenCalled();
  });

  test("D7 reading is tried all the same: a cache may have it", async () => {
    vi.stubGlobal("navigator", { onLine: false });
    vi.stubGlobal("fetch", () => Promise.resolve(new Response('{"ok":true}')));
    expect(await request("GET", "/api/account")).toEqual({ ok: true });
  });
});
