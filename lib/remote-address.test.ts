import type { Socket } from "node:net";
import { expect, test } from "vitest";
import { remoteAddress } from "./remote-address";

const from = (remoteAddressOfSocket: string, forwarded?: string | string[]) =>
  remoteAddress({
    socket: { remoteAddress: remoteAddressOfSocket } as Socket,
    headers: { ...(forwarded !== undefined && { "x-forwarded-for": forwarded as string }) },
  });

test("T28 only a proxy on this machine is believed, and only about the hop before it", () => {
  expect(from("203.0.113.9")).toBe("203.0.113.9");
  expect(from("203.0.113.9", "10.0.0.1")).toBe("203.0.113.9");
  expect(from("127.0.0.1", "1.1.1.1, 203.0.113.7")).toBe("203.0.113.7");
  expect(from("::1", ["9.9.9.9", "203.0.113.7"])).toBe("203.0.113.7");
  expect(from("127.0.0.1", "nonsense")).toBe("127.0.0.1");
  expect(from("127.0.0.1")).toBe("127.0.0.1");
  expect(from("::ffff:203.0.113.9")).toBe("203.0.113.9");
});
