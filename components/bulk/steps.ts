import { useMutation } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import type { Reason } from "./reasons";

export type Progress = { done: number; of: number; refused: readonly Reason[] };

/** What one request did: how many, who was refused, and whom it didn't reach. */
type Step<Item> = { done: number; refused: readonly Reason[]; rest: readonly Item[] };

/**
 * Does something to many, a few at a time, and counts. It stops when asked, when its page is left, and at an error; those who weren't
 * reached are kept, so that it can go on.
 */
export function useSteps<Item>(size: number, run: (items: readonly Item[]) => Promise<Step<Item>>) {
  const [progress, setProgress] = useState<Progress | null>(null);
  const [rest, setRest] = useState<readonly Item[]>([]);
  const isStopped = useRef(false);
  useEffect(() => {
    isStopped.current = false;
    return () => {
      isStopped.current = true;
    };
  }, []);
  const mutation = useMutation({
    mutationFn: async (items: readonly Item[]) => {
      isStopped.current = false;
      let [left, now] = [items, progress ?? { done: 0, of: items.length, refused: [] }];
      setProgress(now);
      while (left.length > 0 && !isStopped.current) {
        const { done, refused, rest: notReached } = await run(left.slice(0, size));
        left = [...notReached, ...left.slice(size)];
        now = { ...now, done: now.done + done, refused: [...now.refused, ...refused] };
        setProgress(now);
        setRest(left);
      }
    },
  });
  const stop = () => {
    isStopped.current = true;
  };
  return { progress, rest, mutation, stop };
}
