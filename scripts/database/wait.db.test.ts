import { createServer, type Server, type Socket } from "node:net";
import pg from "pg";
import { afterAll, afterEach, beforeAll, describe, expect, inject, test, vi } from "vitest";
import { openDatabaseProxy } from "@/e2e/support/database-proxy";
import { trouble } from "@/lib/database/trouble";
import { StartError } from "@/scripts/start-error";
import { placeOf, whyNotNow } from "./errors";
import { type Fitness, waitForDatabase, whyUnfit } from "./wait";

// Each test starts servers, which takes its time where others want the machine too.
vi.setConfig({ testTimeout: 120_000 });

async function ask(text: string): Promise<void> {
  const client = new pg.Client({ connectionString: inject("adminUrl") });
  await client.connect();
  await client.query(text).finally(() => client.end());
}

const database = `waiting_${process.pid}`;
const limited = `limited_${process.pid}`;

/** The database of this file's tests, as somebody or through something else. */
function urlOf(parts: { username?: string; pathname?: string } = {}): string {
  const url = new URL(inject("adminUrl"));
  return Object.assign(url, { pathname: `/${database}`, ...parts }).href;
}

beforeAll(async () => {
  await ask(`CREATE DATABASE ${database}`);
  await ask(`CREATE ROLE ${limited} LOGIN`);
});
afterAll(async () => {
  await ask(`DROP DATABASE ${database} WITH (FORCE)`);
  await ask(`DROP ROLE ${limited}`);
});

type Output = { line: string | null; printed: string[] };

/** What an operator reads: the line that a start ends with, or null when it goes on, and the lines before it. */
async function wait(url: string, seconds: number): Promise<Output> {
  const printed: string[] = [];
  const { signal } = new AbortController();
  const name = "The database of DATABASE_URL";
  try {
    await waitForDatabase({ url, name, seconds, print: (line) => void printed.push(line), signal });
    return { line: null, printed };
  } catch (error) {
    expect(error).toBeInstanceOf(StartError);
    expect((error as Error).message).not.toContain("\n");
    return { line: (error as Error).message, printed };
  }
}

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

/** A server on loopback that does to connections what is asked. */
async function serve(meet: (socket: Socket) => void): Promise<string> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => {}); // being cut off is what a test is about
    meet(socket);
  });
  server.once("close", () => sockets.clear());
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as { port: number };
  return `postgresql://muster:hunter2@127.0.0.1:${port}/muster`;
}

/** An error as PostgreSQL sends it before anybody is let in. */
function refusing(code: string, message: string): (socket: Socket) => void {
  const fields = `SFATAL\0VFATAL\0C${code}\0M${message}\0\0`;
  const head = Buffer.from("E\0\0\0\0", "latin1");
  head.writeInt32BE(Buffer.byteLength(fields) + 4, 1);
  return (socket) => socket.once("data", () => socket.end(Buffer.concat([head, Buffer.from(fields)])));
}

describe("A5 a database that can be used later is waited for", () => {
  test("A5 one that answers is not waited for", async () => {
    expect(await wait(urlOf(), 5)).toEqual({ line: null, printed: [] });
  });

  test.each([
    ["57P03", "the database system is starting up", "it is starting up or shutting down"],
    ["53300", "sorry, too many clients already", "it has no free connection"],
    ["57P01", "terminating connection due to administrator command", "it is shutting down"],
    ["53200", "out of memory", "it is out of memory"],
  ])("A5 %s: %s", async (code, message, why) => {
    const url = await serve(refusing(code, message));
    const { line, printed } = await wait(url, 1);
    expect(printed).toEqual([`Waiting for the database: ${why}.`]);
    expect(line).toBe(
      `The database of DATABASE_URL can't be used (${code}: ${why}). Check that it runs and that the address is right.`,
    );
  });

  test("A5 one that refuses connections, whose host is unknown, that hangs up", async () => {
    expect((await wait("postgresql://muster@127.0.0.1:1/muster", 1)).line).toContain("(ECONNREFUSED: it refuses");
    expect((await wait("postgresql://muster@nowhere.invalid/muster", 1)).line).toMatch(
      /\((ENOTFOUND|EAI_AGAIN): its host/,
    );
    expect((await wait("postgresql://muster@localhost/muster?host=/nowhere", 1)).line).toContain(
      "its socket isn't there",
    );
    expect((await wait(await serve((socket) => socket.destroy()), 1)).line).toMatch(/\(.*it closes connections\)/);
  });

  test("A5 one that takes connections and says nothing is given up after its time", async () => {
    const { line, printed } = await wait(await serve(() => {}), 6);
    expect(printed).toEqual(["Waiting for the database: it doesn't answer."]);
    expect(line).toContain("(it doesn't answer)");
  }, 20_000);

  test("A5 it is used as soon as it is there, and a line is said every five seconds", async () => {
    const proxy = await openDatabaseProxy(inject("adminUrl"));
    const { port } = new URL(proxy.url);
    await proxy.close();
    const late = setTimeout(async () => {
      const back = createServer((socket) => refusing("57P03", "starting")(socket)).listen(Number(port), "127.0.0.1");
      servers.push(back);
    }, 100);
    const printed: string[] = [];
    const waiting = waitForDatabase({
      url: `postgresql://muster@127.0.0.1:${port}/muster`,
      name: "It",
      seconds: 6,
      print: (line) => void printed.push(line),
      signal: new AbortController().signal,
    });
    await expect(waiting).rejects.toThrow("57P03");
    clearTimeout(late);
    expect(printed.length).toBe(2);
    expect(printed[0]).toContain("it refuses connections");
    expect(printed[1]).toContain("it is starting up");
  }, 20_000);

  test("A5 a read-only one may be a standby that takes over", async () => {
    await ask(`ALTER DATABASE ${database} SET default_transaction_read_only = on`);
    const back = setTimeout(() => void ask(`ALTER DATABASE ${database} RESET default_transaction_read_only`), 300);
    const { line, printed } = await wait(urlOf(), 10);
    clearTimeout(back);
    expect(line).toBeNull();
    expect(printed).toEqual(["Waiting for the database: it is read-only, as a standby is."]);
  });

  test("A5 who leaves waits no longer", async () => {
    const leaving = new AbortController();
    const waiting = waitForDatabase({
      url: await serve(() => {}),
      name: "It",
      seconds: 60,
      print: () => leaving.abort(),
      signal: leaving.signal,
    });
    await expect(waiting).rejects.toThrow(/abort/i);
  }, 20_000);
});

describe("A5 a mistake is said at once", () => {
  const atOnce = async (url: string) => {
    const { line, printed } = await wait(url, 60);
    expect(printed).toEqual([]);
    expect(line).not.toContain("hunter2");
    return line;
  };

  test("A5 a database that isn't there, a role that isn't there", async () => {
    expect(await atOnce(urlOf({ pathname: "/nonesuch" }))).toMatch(/\(3D000: .*has no database nonesuch\. Create it/);
    expect(await atOnce(urlOf({ username: "nobody" }))).toMatch(/\(28000: .*doesn't let user nobody in/);
  });

  test("A5 a wrong password, and none where one is needed", async () => {
    const wrong = await serve(refusing("28P01", 'password authentication failed for user "muster"'));
    expect(await atOnce(wrong)).toMatch(/\(28P01: .*Check user and password\.$/);
    // A server that wants SCRAM-SHA-256: its offer, and then the beginning of its proof.
    const part = (kind: number, text: string) =>
      Buffer.from([0x52, 0, 0, 0, text.length + 8, 0, 0, 0, kind, ...Buffer.from(text)]);
    const url = await serve((socket) => {
      socket.once("data", () => {
        socket.once("data", () => socket.write(part(11, "r=x,s=eA==,i=4096")));
        socket.write(part(10, "SCRAM-SHA-256\0\0"));
      });
    });
    expect(await atOnce(url.replace(":hunter2", ""))).toMatch(/asks for a password, and there is none\. Add it\.$/);
  });

  test("A5 a role that may not make tables, or finds no schema", async () => {
    const theirs = urlOf({ username: limited });
    expect(await atOnce(theirs)).toMatch(/may make no tables in schema public: GRANT CREATE ON SCHEMA "public"/);
    const admin = new pg.Client({ connectionString: urlOf() });
    await admin.connect();
    await admin.query(`GRANT CREATE ON SCHEMA public TO ${limited}`);
    await admin.query(`ALTER ROLE ${limited} SET search_path = nowhere`);
    expect(await atOnce(theirs)).toMatch(/finds no schema in it/);
    await admin.query(`ALTER ROLE ${limited} RESET search_path`);
    expect((await wait(theirs, 1)).line).toBeNull();
    await admin.query(`REVOKE ALL ON SCHEMA public FROM ${limited}`);
    await admin.query(`REVOKE CONNECT ON DATABASE ${database} FROM PUBLIC`);
    expect(await atOnce(theirs)).toMatch(/\(42501: .*lacks a right in it/);
    await admin.query(`GRANT CONNECT ON DATABASE ${database} TO PUBLIC`);
    await admin.end();
  });

  test("A5 a database with another encoding", async () => {
    const other = `${database}_latin`;
    await ask(`CREATE DATABASE ${other} TEMPLATE template0 ENCODING 'SQL_ASCII' LOCALE_PROVIDER libc LOCALE 'C'`);
    expect(await atOnce(urlOf({ pathname: `/${other}` }))).toMatch(/Its encoding is SQL_ASCII/);
    await ask(`DROP DATABASE ${other} WITH (FORCE)`);
  });

  test("A5 TLS that the server doesn't speak, a certificate that isn't trusted, a file that isn't there", async () => {
    const plain = await serve((socket) => socket.once("data", () => socket.end("N")));
    expect(await atOnce(`${plain}?sslmode=verify-full`)).toMatch(
      /speaks no TLS\. Turn it on there, or leave out sslmode\.$/,
    );
    expect(await atOnce(`${plain}?sslrootcert=/nowhere.pem`)).toMatch(/\(ENOENT: .*\/nowhere\.pem.*Correct the path/);
  });

  test("A5 an address whose port is none, a database that is no PostgreSQL", async () => {
    expect(await atOnce("postgresql://muster@127.0.0.1/muster?port=abc")).toMatch(
      /^The database of DATABASE_URL can't be used/,
    );
  });
});

test("A5 an old PostgreSQL is named, and which one is needed", () => {
  const fit: Fitness = {
    version: 150_004,
    encoding: "UTF8",
    isStandby: false,
    isReadOnly: false,
    schema: "public",
    mayCreate: true,
    role: "muster",
  };
  expect(whyUnfit(fit)).toBeNull();
  expect(whyUnfit({ ...fit, version: 140_012 })).toBe(
    "It runs PostgreSQL 14, and Muster needs 15 or newer: upgrade it.",
  );
});

test("A5 no line has the password in it", () => {
  expect(JSON.stringify(placeOf("postgresql://muster:hunter2@db:5432/muster"))).not.toContain("hunter2");
});

test("A5 what the pool says of a database that is away is waited for, too", () => {
  expect(whyNotNow(trouble("unreachable", new Error("Query read timeout")))).toBe("it doesn't answer");
  expect(whyNotNow(trouble("crowded"))).toBe("it doesn't answer");
  expect(whyNotNow(trouble("unreachable", Object.assign(new Error("no"), { code: "28P01" })))).toBeNull();
});
