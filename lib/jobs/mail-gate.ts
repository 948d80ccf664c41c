// While the mail server can't be reached, one mail at a time finds out whether it is back; the others wait and lose no try by it. Each
// process has its own gate. It goes by a clock that nobody sets: one that is set back would keep everything waiting until it comes round again.

/** Seconds until the first look whether the server is back, doubled with each that fails up to the last. */
const firstPause = 15;
const longestPause = 900;

type Shut = { pause: number; opensAt: number; isProbing: boolean };

let shut: Shut | null = null;

export function isShut(): boolean {
  return shut !== null;
}

/** Whether a mail may be taken now; while the gate is shut it is the one that finds out. */
export function mayTake(now = performance.now()): boolean {
  return shut === null || (!shut.isProbing && now >= shut.opensAt);
}

/** Takes the place of the mail that finds out. False while the gate is open: then nobody needs to. */
export function beginProbe(): boolean {
  if (shut) shut.isProbing = true;
  return shut !== null;
}

/** Gives the place back, whatever came of it. */
export function endProbe(): void {
  if (shut) shut.isProbing = false;
}

/** Shuts the gate, or keeps it shut for longer after a probe. Returns the seconds until the next one. */
export function shutGate(isProbe: boolean, now = performance.now()): number {
  if (shut && !isProbe) return Math.max(1, (shut.opensAt - now) / 1000); // was under way when another one shut it
  const pause = shut ? Math.min(shut.pause * 2, longestPause) : firstPause;
  shut = { pause, opensAt: now + pause * 1000, isProbing: false };
  return pause;
}

/** The server listens. True when the gate was shut. */
export function openGate(): boolean {
  const was = shut !== null;
  shut = null;
  return was;
}

/** Seconds until the next probe, or null while the gate is open. */
export function nextProbeIn(now = performance.now()): number | null {
  return shut === null ? null : Math.max(0, (shut.opensAt - now) / 1000);
}
