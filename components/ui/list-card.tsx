import type { UseInfiniteQueryResult } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { useTranslations } from "use-intl";
import { Button } from "./button";
import { ErrorNote } from "./error-note";
import { Card, Skeleton } from "./section";

type List = Pick<
  UseInfiniteQueryResult,
  "isPending" | "isFetching" | "isFetchingNextPage" | "error" | "data" | "hasNextPage" | "fetchNextPage" | "refetch"
>;

/**
 * A paged list: a placeholder while it loads, `empty` when there is nothing, and a way to load more. A failed load shows an error, never an
 * empty list.
 */
export function ListCard({
  list,
  isEmpty,
  empty,
  children,
}: {
  list: List;
  isEmpty: boolean;
  empty: ReactNode;
  children: ReactNode;
}) {
  const t = useTranslations("common");
  return (
    <>
      {list.isPending || list.data !== undefined ? (
        <Card className="overflow-hidden">
          {list.isPending ? (
            <div role="status" aria-label={t("loading")} className="space-y-2 p-4">
              <Skeleton className="h-6 w-full" />
              <Skeleton className="h-6 w-full" />
            </div>
          ) : isEmpty ? (
            <p className="px-5 py-8 text-center text-ink-soft">{empty}</p>
          ) : (
            <ul className="divide-y">{children}</ul>
          )}
        </Card>
      ) : null}
      <ErrorNote error={list.error} />
      <div className="mt-3 text-center empty:hidden">
        {list.error ? (
          <Button pending={list.isFetching} onClick={() => list.refetch()}>
            {t("list.retry")}
          </Button>
        ) : list.hasNextPage ? (
          <Button pending={list.isFetchingNextPage} onClick={() => list.fetchNextPage()}>
            {t("list.more")}
          </Button>
        ) : null}
      </div>
    </>
  );
}
