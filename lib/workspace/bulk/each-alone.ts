import { inOurWords, isRefusal } from "@/lib/workspace/refusal";

/**
 * Does something to each, in order; one who is refused stops nobody else. Any other error ends it there: returns how many were reached, and
 * throws it only if nobody was.
 */
export async function eachAlone<Item>(items: readonly Item[], run: (item: Item) => Promise<unknown>) {
  const refused: { item: Item; detail: string }[] = [];
  let reached = 0;
  for (const item of items) {
    try {
      await run(item);
    } catch (error) {
      if (isRefusal(error)) refused.push({ item, detail: inOurWords(error) });
      else if (reached === 0) throw error;
      else break; // the next request, which begins with this item, says it
    }
    reached++;
  }
  return { reached, refused };
}
