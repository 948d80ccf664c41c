import type { Overlap } from "@/lib/api/access-tokens";

/** How long an old secret keeps working beside the new one. */
export const overlaps: readonly Overlap[] = ["1h", "24h", "7d", "none-set"];
