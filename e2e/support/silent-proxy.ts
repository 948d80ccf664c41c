import { type AddressInfo, connect, createServer, type Socket } from "node:net";

export type SilentProxy = {
  port: number;
  /** From now on nothing passes in either direction, and neither side is notified. */
  fallSilent: () => void;
  close: () => Promise<void>;
};

/** A proxy on loopback that can fall silent, like a machine with a pulled cable. Without a target it is silent from the start. */
export async function openSilentProxy(
  target: { port: number; host: string } | { path: string } | null,
  port = 0,
): Promise<SilentProxy> {
  let isSilent = target === null;
  const open = new Set<Socket>();
  const server = createServer((client) => {
    open.add(client.on("error", () => client.destroy()));
    if (isSilent || !target) return;
    const onward = connect(target);
    open.add(onward.on("error", () => client.destroy()));
    for (const [from, to] of [
      [client, onward],
      [onward, client],
    ] as const) {
      from.on("data", (bytes) => void (isSilent || to.write(bytes)));
      from.on("close", () => void (isSilent || to.destroy()));
    }
  });
  await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
  return {
    port: (server.address() as AddressInfo).port,
    fallSilent: () => {
      isSilent = true;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of open) socket.destroy();
      }),
  };
}
