import type { Overlap } from "@/lib/api/access-tokens";

/** How long an old secret keeps working beside the new one. */
export const overlaps: { value: Overlap; label: string }[] = [
  { value: "1h", label: "For 1 hour" },
  { value: "24h", label: "For 24 hours" },
  { value: "7d", label: "For 7 days" },
  { value: "none-set", label: "Until I revoke it" },
];
