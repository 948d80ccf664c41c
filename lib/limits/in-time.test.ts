import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, describe, expect, test, vi } from "vitest";
import { trouble } from "@/lib/database/trouble";
import { answerInTime } from "./in-time";
import { noteTrouble } from "./time-limit";

let server: Server | undefined;

afterEach(() => {
  vi.useRealTimers();
  server?.closeAllConnections();
  server?.close();
});

type Work = (request: IncomingMessage, response: ServerResponse) => Promise<unknown>;

async function serve(work: Work): Promise<string> {
  server = createServer((request, response) => answerInTime(request, response, () => work(request, response)));
  await new Promise<void>((resolve) => server?.listen(0, "127.0.0.1", resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const never: Work = () => new Promise(() => {});

/** Lets the time of a request pass as soon as the server has it. */
async function afterTime(base: string, path: string, init?: RequestInit): Promise<Response> {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  const answer = fetch(`${base}${path}`, init);
  await new Promise<void>((resolve) => server?.once("request", () => resolve()));
  await new Promise((resolve) => setImmediate(resolve));
  vi.advanceTimersByTime(25_000);
  vi.useRealTimers();
  return answer;
}

const forms: [string, string, string][] = [
  ["/scim/v2/Users", "application/scim+json", "detail"],
  ["/SCIM/v2/Users?filter=x", "application/scim+json", "detail"],
  ["/api/v1/members", "application/problem+json", "detail"],
  ["/api/workspaces/acme/members", "application/json", "error"],
  ["/oauth/token", "application/json", "error_description"],
];

describe("A2 a request that takes longer than 25 seconds", () => {
  test.each(forms)("A2 %s gets a 503 as %s, with Retry-After", async (path, type, field) => {
    const answer = await afterTime(await serve(never), path);
    expect(answer.status).toBe(503);
    expect(answer.headers.get("content-type")).toBe(type);
    expect(Number(answer.headers.get("retry-after"))).toBeGreaterThan(0);
    expect(answer.headers.get("connection")).toBe("close");
    const body = (await answer.json()) as Record<string, unknown>;
    expect(body[field]).toBeTruthy();
  });

  test("A2 a page gets a sentence", async () => {
    const answer = await afterTime(await serve(never), "/acme/settings");
    expect(answer.status).toBe(503);
    expect(await answer.text()).toBe("This took too long. Try again.\n");
  });

  test("A2 of a change it isn't said that nothing was changed", async () => {
    const answer = await afterTime(await serve(never), "/scim/v2/Users", { method: "POST", body: "{}" });
    const { detail } = (await answer.json()) as { detail: string };
    expect(detail).toContain("may or may not have been made");
    expect(detail).not.toContain("Nothing was changed");
  });

  test("A2 what comes of it afterwards disturbs nobody", async () => {
    let end: (() => void) | undefined;
    const base = await serve(async (_request, response) => {
      await new Promise<void>((resolve) => {
        end = resolve;
      });
      response.writeHead(200).end("late");
    });
    expect((await afterTime(base, "/")).status).toBe(503);
    end?.();
    await sleep(50);
    server?.removeAllListeners("request");
    server?.on("request", (_request, response) => response.end("still here"));
    expect(await (await fetch(base)).text()).toBe("still here");
  });

  test("A2 an answer that has begun goes on", async () => {
    const base = await serve(async (_request, response) => {
      response.write("first ");
      await new Promise((resolve) => setImmediate(resolve));
      vi.advanceTimersByTime(25_000);
      vi.useRealTimers();
      response.end("last");
    });
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    expect(await (await fetch(base)).text()).toBe("first last");
  });

  test("A2 a request that doesn't arrive in time is a 408", async () => {
    const base = await serve(never);
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    const socket = connect(Number(new URL(base).port), "127.0.0.1");
    socket.write("POST /scim/v2/Users HTTP/1.1\r\nHost: x\r\nContent-Length: 99\r\n\r\n{");
    await new Promise<void>((resolve) => server?.once("request", () => resolve()));
    vi.advanceTimersByTime(25_000);
    vi.useRealTimers();
    const text = await new Promise<string>((resolve) => socket.once("data", (bytes) => resolve(bytes.toString())));
    expect(text).toMatch(/^HTTP\/1.1 408 /);
    socket.destroy();
  });
});

describe("A3 a page that fails", () => {
  test("A3 because of the database is a 503 with Retry-After, whatever status Next gives it", async () => {
    const base = await serve(async (_request, response) => {
      noteTrouble(trouble("unreachable"));
      response.statusCode = 500;
      response.end("page");
    });
    const answer = await fetch(base);
    expect([answer.status, answer.headers.get("retry-after")]).toEqual([503, "2"]);
  });

  test("A3 for another reason is a 500", async () => {
    const base = await serve(async () => {
      throw new Error("ours");
    });
    const answer = await fetch(`${base}/api/v1/members`);
    expect(answer.status).toBe(500);
    expect(await answer.json()).toMatchObject({ type: "urn:muster:problem:internal" });
  });
});
