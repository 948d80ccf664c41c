import { randomBytes } from "node:crypto";
import { v7 } from "uuid";

/** Random bytes are drawn for many ids at once, because a draw costs more than an id. */
let drawn = Buffer.alloc(0);
let last = { msecs: 0, seq: 0 };

function draw(size: number): Buffer {
  if (drawn.length < size) drawn = randomBytes(size * 256);
  const bytes = drawn.subarray(0, size);
  drawn = drawn.subarray(size);
  return bytes;
}

/** An id that no row has. */
export const zeroId = "00000000-0000-0000-0000-000000000000";

/** Whether a text is an id in the form Muster writes: canonical, lower case. */
export function isId(text: string): boolean {
  return /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(text);
}

/** A new UUIDv7 key (RFC 9562 §5.7), rising within this process, even within one millisecond. */
export function newId(): string {
  const msecs = Math.max(Date.now(), last.msecs);
  const isSame = msecs === last.msecs && last.seq < 0x7fffffff;
  last = {
    msecs: isSame || msecs > last.msecs ? msecs : msecs + 1,
    seq: isSame ? last.seq + 1 : draw(4).readUInt32BE() >>> 8,
  };
  return v7({ ...last, random: draw(16) });
}
