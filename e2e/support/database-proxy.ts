import type { AddressInfo } from "node:net";
import { connect, createServer, type Server, type Socket } from "node:net";

/**
 * The fate of the next COMMIT: it passes; its answer is lost; it never arrives; its answer is lost and the database becomes unreachable.
 */
type CommitFault = "none" | "lose-answer" | "lose-commit" | "lose-answer-and-database";

/**
 * The state of the connection to the database: open; silent (nothing passes, and nothing is closed); closed (open connections are reset,
 * and new ones rejected); cutting (a connection is cut at its first statement after sign-in); half-closed (the database's side has ended,
 * ours stays open).
 */
export type Way = "open" | "silent" | "closed" | "cutting" | "half-closed";

export type DatabaseProxy = {
  /** The database's URL through the proxy. */
  url: string;
  /** For all following commits, until it is set again. */
  fault: CommitFault;
  /** How many commits met the fault. */
  met: number;
  /** Milliseconds by which each answer of the database is delayed. */
  delay: number;
  /** Changes the state for open and for new connections. */
  turn: (way: Way) => void;
  /** Nothing passes any more on the open connections; new ones are not affected. */
  silence: () => void;
  /** Leads new connections to another database, as after a failover; open connections stay where they are. */
  leadTo: (databaseUrl: string) => void;
  /** How many connections are open. */
  count: () => number;
  close: () => Promise<void>;
};

const commit = Buffer.from("COMMIT\0");

type Target = { folder: string | null; hostname: string; port: string };

function targetOf(databaseUrl: string): Target {
  const url = new URL(databaseUrl);
  return { folder: url.searchParams.get("host"), hostname: url.hostname, port: url.port || "5432" };
}

function reach({ folder, hostname, port }: Target): Socket {
  return folder ? connect(`${folder}/.s.PGSQL.${port}`) : connect(Number(port), hostname);
}

/** One connection through the proxy, with both its sides. */
type Passage = {
  client: Socket;
  database: Socket;
  end: () => void;
  /** The answer to its commit must be lost. */
  isLost: boolean;
  /** The database is ready for a statement: the client has signed in. */
  isSignedIn: boolean;
  /** Nothing passes any more. */
  isSilent: boolean;
};

const readyForQuery = Buffer.from("Z\0\0\0\x05");

/** A proxy in front of PostgreSQL, on loopback, that imitates network faults (F02, F03). */
export async function openDatabaseProxy(databaseUrl: string): Promise<DatabaseProxy> {
  let target = targetOf(databaseUrl);
  let way: Way = "open";
  const passages = new Set<Passage>();

  /** Whether bytes pass at all in the current state. */
  const passes = (passage: Passage): boolean => {
    if (way === "silent") passage.isSilent = true;
    return !passage.isSilent;
  };
  const onClient = (passage: Passage, bytes: Buffer): void => {
    if (!passes(passage)) return;
    const isCommit = proxy.fault !== "none" && bytes.includes(commit);
    if (isCommit) proxy.met++;
    if ((way === "cutting" && passage.isSignedIn) || (isCommit && proxy.fault === "lose-commit")) passage.end();
    else {
      passage.isLost ||= isCommit;
      passage.database.write(bytes);
    }
  };
  const onDatabase = (passage: Passage, bytes: Buffer): void => {
    if (!passes(passage)) return;
    if (bytes.includes(readyForQuery)) passage.isSignedIn = true;
    if (passage.isLost) onLost(passage, bytes);
    else if (proxy.delay > 0) setTimeout(() => passage.client.write(bytes), proxy.delay);
    else passage.client.write(bytes);
  };
  /** Cuts the connection at the answer to a commit: the commit has happened, but the client doesn't learn of it. */
  const onLost = (passage: Passage, bytes: Buffer): void => {
    if (!bytes.includes(commit)) return;
    if (proxy.fault === "lose-answer-and-database") for (const other of passages) other.end();
    passage.end();
  };
  const clients = new Set<Socket>();
  const server: Server = createServer({ allowHalfOpen: true }, (client) => {
    clients.add(client);
    client.on("close", () => clients.delete(client));
    const isGone = proxy.fault === "lose-answer-and-database" && proxy.met > 0;
    if (way === "closed" || isGone) return void client.resetAndDestroy();
    if (way === "half-closed") return void client.on("error", () => {}).end();
    const database = reach(target);
    const end = () => {
      client.destroy();
      database.destroy();
      passages.delete(passage);
    };
    const passage: Passage = {
      client,
      database,
      end,
      isLost: false,
      isSignedIn: false,
      isSilent: false,
    };
    passages.add(passage);
    client.on("data", (bytes: Buffer) => onClient(passage, bytes));
    database.on("data", (bytes: Buffer) => onDatabase(passage, bytes));
    for (const socket of [client, database]) {
      socket.on("error", end);
      socket.on("end", () => passage.isSilent || end());
    }
    client.on("close", end);
    database.on("close", () => passage.isSilent || end());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = new URL(databaseUrl);
  url.searchParams.delete("host");
  url.hostname = "127.0.0.1";
  url.port = String((server.address() as AddressInfo).port);

  const proxy: DatabaseProxy = {
    url: url.href,
    fault: "none",
    met: 0,
    delay: 0,
    turn: (next) => {
      way = next;
      for (const passage of passages) {
        if (next === "closed") passage.end();
        if (next === "silent") passage.isSilent = true;
        if (next === "half-closed") {
          passage.isSilent = true;
          passage.client.end();
          passage.database.destroy();
        }
      }
    },
    silence: () => {
      for (const passage of passages) passage.isSilent = true;
    },
    leadTo: (other) => {
      target = targetOf(other);
    },
    count: () => passages.size,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const { end } of passages) end();
        for (const client of clients) client.destroy();
      }),
  };
  return proxy;
}
