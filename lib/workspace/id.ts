import { randomBytes } from "node:crypto";
import { v7 } from "uuid";

/** Random bytes are drawn for many ids at once: a draw costs more than an id. */
let drawn = Buffer.alloc(0);
let last = { msecs: 0, seq: 0 };

function draw(size: number): Buffer {
  if (drawn.length < size) drawn = randomBytes(size * 256);
  const bytes = drawn.subarray(0, size);
  drawn = drawn.subarray(size);
  return bytes;
}

/** A new key: UUIDv7 (RFC 9562 §5.7), rising within this process, also within one millisecond. */
export function newId(): string {
  const msecs = Math.max(Date.now(), last.msecs);
  const isSame = msecs === last.msecs && last.seq < 0x7fffffff;
  last = {
    msecs: isSame || msecs > last.msecs ? msecs : msecs + 1,
    seq: isSame ? last.seq + 1 : draw(4).readUInt32BE() >>> 8,
  };
  return v7({ ...last, random: draw(16) });
}
