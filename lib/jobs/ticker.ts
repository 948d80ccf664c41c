/** Work that is looked at again and again. */
export type Tick = {
  /** Does what is due. Returns the seconds until the next look is useful, or null. Handles its own errors. */
  look: () => Promise<number | null>;
  /** Seconds until the next look at the latest. */
  every: number;
  /** Seconds until the first look. */
  first: number;
};

export type Ticker = {
  /** Asks for a look soon. One look covers all wake-ups since the last one. */
  wake: () => void;
  /** Takes no more looks, and waits for the one under way. */
  stop: () => Promise<void>;
};

/** Milliseconds from one look to the next: under load, one look covers many commits. */
const pause = 250;

/** Looks when it is woken, when the next item is due, and every so often. Looks never overlap. */
export function startTicker({ look, every, first }: Tick): Ticker {
  let isStopping = false;
  let isWoken = false;
  let interrupt = () => {};
  const wait = async (milliseconds: number) => {
    let timer: NodeJS.Timeout | undefined;
    await new Promise<void>((resolve) => {
      interrupt = resolve;
      timer = setTimeout(resolve, milliseconds);
    });
    clearTimeout(timer);
  };
  /** Waits until `due` milliseconds after a moment, or for the rest of the pause once it is woken. */
  const rest = async (since: number, due: number) => {
    for (;;) {
      const left = since + (isWoken ? Math.min(pause, due) : due) - performance.now();
      if (isStopping || left <= 0) return;
      await wait(left);
    }
  };
  const run = async () => {
    await rest(performance.now() - pause, first * 1_000 + pause);
    while (!isStopping) {
      const began = performance.now();
      isWoken = false;
      const seconds = await look();
      await rest(began, Math.max(pause, Math.min(seconds ?? every, every) * 1_000));
    }
  };
  const running = run();
  return {
    wake: () => {
      isWoken = true;
      interrupt();
    },
    stop: async () => {
      isStopping = true;
      interrupt();
      await running;
    },
  };
}
