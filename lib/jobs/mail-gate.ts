// While the mail server is unreachable, one email at a time probes whether it is back; the others wait without losing an attempt. Each
// process has its own gate. Times are monotonic: if the system clock were set back, everything would wait until it caught up.

/** Seconds until the first probe, doubled after each failed one up to the maximum. */
const firstPause = 15;
const longestPause = 900;

type Shut = { pause: number; opensAt: number; isProbing: boolean };

let shut: Shut | null = null;

export function isShut(): boolean {
  return shut !== null;
}

/** Whether an email may be taken now. While the gate is shut, that email is the probe. */
export function mayTake(now = performance.now()): boolean {
  return shut === null || (!shut.isProbing && now >= shut.opensAt);
}

/** Makes this email the probe. Returns false while the gate is open, because no probe is needed. */
export function beginProbe(): boolean {
  if (shut) shut.isProbing = true;
  return shut !== null;
}

/** Ends the probe, whatever its result. */
export function endProbe(): void {
  if (shut) shut.isProbing = false;
}

/** Shuts the gate, or keeps it shut longer after a failed probe. Returns the seconds until the next probe. */
export function shutGate(isProbe: boolean, now = performance.now()): number {
  if (shut && !isProbe) return Math.max(1, (shut.opensAt - now) / 1000); // was already under way when another email shut the gate
  const pause = shut ? Math.min(shut.pause * 2, longestPause) : firstPause;
  shut = { pause, opensAt: now + pause * 1000, isProbing: false };
  return pause;
}

/** Call when the server listens. Returns true when the gate was shut. */
export function openGate(): boolean {
  const was = shut !== null;
  shut = null;
  return was;
}

/** Seconds until the next probe, or null while the gate is open. */
export function nextProbeIn(now = performance.now()): number | null {
  return shut === null ? null : Math.max(0, (shut.opensAt - now) / 1000);
}
