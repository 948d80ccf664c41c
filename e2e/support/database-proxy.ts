import type { AddressInfo } from "node:net";
import { connect, createServer, type Socket } from "node:net";

/** What becomes of the next COMMIT: it passes; its answer is lost; it never arrives; both, and nobody gets to the database any more. */
type CommitFault = "none" | "lose-answer" | "lose-commit" | "lose-answer-and-database";

export type DatabaseProxy = {
  /** The address of the database as it is reached through the proxy. */
  url: string;
  /** For the commits to come, until it is set again. */
  fault: CommitFault;
  /** How many commits met the fault. */
  met: number;
  close: () => Promise<void>;
};

const commit = Buffer.from("COMMIT\0");

/** A proxy before PostgreSQL, on loopback, that loses commits and their answers (reliability.md F03). */
export async function openDatabaseProxy(databaseUrl: string): Promise<DatabaseProxy> {
  const target = new URL(databaseUrl);
  const folder = target.searchParams.get("host");
  const [port, hostname] = [target.port || "5432", target.hostname];
  const proxy: DatabaseProxy = { url: "", fault: "none", met: 0, close: async () => {} };
  const open = new Set<Socket>();

  const server = createServer((client) => {
    if (proxy.fault === "lose-answer-and-database" && proxy.met > 0) return void client.destroy();
    const database = folder ? connect(`${folder}/.s.PGSQL.${port}`) : connect(Number(port), hostname);
    let isLost = false;
    const end = () => {
      client.destroy();
      database.destroy();
    };
    client.on("data", (bytes) => {
      if (proxy.fault === "none" || !bytes.includes(commit)) return void database.write(bytes);
      proxy.met++;
      if (proxy.fault === "lose-commit") return end();
      isLost = true;
      database.write(bytes);
    });
    const loseAnswer = () => {
      if (proxy.fault === "lose-answer-and-database") for (const socket of open) socket.destroy();
      end();
    };
    database.on("data", (bytes) => {
      if (!isLost) client.write(bytes);
      else if (bytes.includes(commit)) loseAnswer(); // it is made; the client hears of its end only
    });
    for (const socket of [client, database]) {
      open.add(socket);
      socket.on("error", end).on("close", () => {
        open.delete(socket);
        end();
      });
    }
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  target.searchParams.delete("host");
  target.hostname = "127.0.0.1";
  target.port = String((server.address() as AddressInfo).port);
  proxy.url = target.href;
  proxy.close = () =>
    new Promise((resolve) => {
      server.close(() => resolve());
      for (const socket of open) socket.destroy();
    });
  return proxy;
}
