"use client";

import { useEffect, useState } from "react";
import { useTranslations } from "use-intl";
import { exactTime, relativeTime } from "@/lib/format";

/** A relative time; the exact one, local and UTC, on hover. */
export function Time({ at }: { at: string }) {
  const t = useTranslations("common");
  const [now, setNow] = useState<number | null>(null);
  useEffect(() => {
    setNow(Date.now());
    const timer = setInterval(() => setNow(Date.now()), 15_000);
    return () => clearInterval(timer);
  }, []);
  return (
    <time dateTime={at} title={now === null ? at : exactTime(at)} className="whitespace-nowrap tabular-nums">
      {now === null ? at.slice(0, 10) : relativeTime(at, Math.max(now, Date.now()), t)}
    </time>
  );
}
