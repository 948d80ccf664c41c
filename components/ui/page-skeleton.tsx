"use client";

import { useTranslations } from "use-intl";
import { Skeleton } from "./section";

/** A page's placeholder while it loads. Same grid, so that nothing jumps. */
export function PageSkeleton() {
  const t = useTranslations("common");
  return (
    <div role="status" aria-label={t("loading")}>
      <Skeleton className="mb-3 h-7 w-48" />
      <Skeleton className="mb-8 h-5 w-80" />
      <Skeleton className="mb-3 h-40 w-full rounded-xl" />
      <Skeleton className="h-40 w-full rounded-xl" />
    </div>
  );
}
