"use client";

import {
  type ColumnDef,
  columnVisibilityFeature,
  type RowData,
  type RowSelectionState,
  rowSelectionFeature,
  rowSortingFeature,
  tableFeatures,
  useTable,
} from "@tanstack/react-table";
import { useWindowVirtualizer } from "@tanstack/react-virtual";
import { type ReactNode, useEffect, useMemo, useRef } from "react";
import { useTranslations } from "use-intl";
import { Button } from "./button";
import { Gap, Heading, SelectBox, type Sort, useOffset } from "./data-table-parts";
import { ErrorNote } from "./error-note";
import { Card, Skeleton } from "./section";

const features = tableFeatures({ columnVisibilityFeature, rowSelectionFeature, rowSortingFeature });

const roomFor = { sm: "max-sm:hidden", md: "max-md:hidden", lg: "max-lg:hidden", xl: "max-xl:hidden" };

export type Column<Row> = {
  id: string;
  label: string;
  cell: (row: Row) => ReactNode;
  /** A width in CSS; the columns without one share the rest. */
  width?: string;
  /** Whether the server can sort by it. */
  isSortable?: boolean;
  /** The narrowest window that has room for it; all but the first column need `sm`. */
  from?: keyof typeof roomFor;
};

/** A list that loads page by page. */
type Pages = {
  isPending: boolean;
  isFetching: boolean;
  isFetchingNextPage: boolean;
  hasNextPage: boolean;
  error: Error | null;
  fetchNextPage: () => unknown;
  refetch: () => unknown;
};

type Props<Row extends RowData> = {
  label: string;
  list: Pages;
  rows: readonly Row[];
  /** How many rows there are in all pages. */
  total: number;
  columns: readonly Column<Row>[];
  /** Ids of columns that aren't shown. */
  hidden?: readonly string[];
  idOf: (row: Row) => string;
  nameOf: (row: Row) => string;
  /** A row's menu, in a column without a heading. */
  actions?: (row: Row) => ReactNode;
  sort?: Sort;
  onSort?: (sort: Sort) => void;
  selected?: ReadonlySet<string>;
  onSelect?: (selected: ReadonlySet<string>) => void;
  isDense?: boolean;
  empty: ReactNode;
};

/** Rows beyond the visible ones that are kept ready for scrolling. */
const overscan = 12;

/**
 * A table that carries any number of rows: only those near the window are in the page, and more are loaded as the reader scrolls. On narrow
 * screens only the first column and the menu are left, so the first column has to say the facts of the others there.
 */
export function DataTable<Row extends RowData>(props: Props<Row>) {
  const { list, rows, empty } = props;
  const t = useTranslations("common");
  return (
    <>
      {list.isPending ? (
        <Card>
          <div role="status" aria-label={t("loading")} className="space-y-2 p-4">
            <Skeleton className="h-6 w-full" />
            <Skeleton className="h-6 w-full" />
            <Skeleton className="h-6 w-full" />
          </div>
        </Card>
      ) : rows.length > 0 ? (
        <Card>
          <Table {...props} />
        </Card>
      ) : list.error ? null : (
        <Card className="px-5 py-8 text-center text-ink-soft">{empty}</Card>
      )}
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

/** The state of a selection as the table library keeps it. */
const asState = (selected: ReadonlySet<string> = new Set()): RowSelectionState =>
  Object.fromEntries([...selected].map((id) => [id, true]));

function useRows<Row extends RowData>({ columns, rows, idOf, sort, hidden = [], selected, onSelect }: Props<Row>) {
  const definitions = useMemo(
    () =>
      columns.map(
        (column): ColumnDef<typeof features, Row> => ({
          id: column.id,
          header: column.label,
          cell: ({ row }) => column.cell(row.original),
        }),
      ),
    [columns],
  );
  // The library compares the parts of the state by identity.
  const [by, isDescending, hiddenIds] = [sort?.by, sort?.isDescending ?? false, hidden.join()];
  const sorting = useMemo(() => (by === undefined ? [] : [{ id: by, desc: isDescending }]), [by, isDescending]);
  const columnVisibility = useMemo(
    () => Object.fromEntries(hiddenIds.split(",").map((id) => [id, false])),
    [hiddenIds],
  );
  const rowSelection = useMemo(() => asState(selected), [selected]);
  return useTable({
    features,
    columns: definitions,
    data: rows,
    getRowId: idOf,
    manualSorting: true,
    state: { sorting, columnVisibility, rowSelection },
    onRowSelectionChange: (change) => {
      const next = typeof change === "function" ? change(rowSelection) : change;
      onSelect?.(new Set(Object.keys(next)));
    },
  });
}

type TableOf<Row extends RowData> = ReturnType<typeof useRows<Row>>;

function Table<Row extends RowData>(props: Props<Row>) {
  const { list, label, total, isDense = false } = props;
  const table = useRows(props);
  const rows = table.getRowModel().rows;
  const body = useRef<HTMLTableSectionElement>(null);
  const offset = useOffset(body);
  const virtual = useWindowVirtualizer<HTMLTableRowElement>({
    count: rows.length,
    estimateSize: () => (isDense ? 36 : 44),
    overscan,
    scrollMargin: offset,
    getItemKey: (index) => rows[index]?.id ?? index,
  });
  const items = virtual.getVirtualItems();
  const [first, last] = [items[0], items.at(-1)];
  const { hasNextPage, isFetchingNextPage, fetchNextPage, error } = list;
  const isNearEnd = last !== undefined && last.index >= rows.length - overscan;
  useEffect(() => {
    if (isNearEnd && hasNextPage && !isFetchingNextPage && !error) fetchNextPage();
  }, [isNearEnd, hasNextPage, isFetchingNextPage, error, fetchNextPage]);
  return (
    <table aria-label={label} aria-rowcount={total + 1} className="w-full table-fixed border-collapse text-left">
      <Head table={table} {...props} />
      <tbody ref={body}>
        {first ? <Gap height={first.start - offset} /> : null}
        {items.map(({ index }) => (
          <BodyRow
            key={rows[index]?.id ?? index}
            {...props}
            table={table}
            index={index}
            measure={virtual.measureElement}
          />
        ))}
        {last ? <Gap height={virtual.getTotalSize() - (last.end - offset)} /> : null}
      </tbody>
    </table>
  );
}

function Head<Row extends RowData>({
  table,
  columns,
  sort,
  onSort,
  onSelect,
  actions,
}: Props<Row> & { table: TableOf<Row> }) {
  const t = useTranslations("common");
  const known = new Map(columns.map((column) => [column.id, column]));
  return (
    <thead className="text-[13px] text-ink-faint">
      <tr aria-rowindex={1} className="border-b">
        {onSelect ? (
          <th scope="col" className="w-11 pl-4">
            <SelectBox
              label={t("table.selectLoaded")}
              checked={table.getIsAllRowsSelected()}
              isMixed={table.getIsSomeRowsSelected()}
              onChange={table.getToggleAllRowsSelectedHandler()}
            />
          </th>
        ) : null}
        {table.getVisibleLeafColumns().map((column, place) => (
          <th
            key={column.id}
            scope="col"
            style={{ width: known.get(column.id)?.width }}
            aria-sort={sort?.by === column.id ? (sort.isDescending ? "descending" : "ascending") : undefined}
            className={`h-10 px-3 font-medium ${place === 0 ? "" : roomFor[known.get(column.id)?.from ?? "sm"]}`}
          >
            <Heading
              id={column.id}
              title={String(column.columnDef.header)}
              sort={sort}
              onSort={known.get(column.id)?.isSortable ? onSort : undefined}
            />
          </th>
        ))}
        {actions ? (
          <th scope="col" className="w-12">
            <span className="sr-only">{t("table.actions")}</span>
          </th>
        ) : null}
      </tr>
    </thead>
  );
}

type RowProps<Row extends RowData> = Props<Row> & {
  table: TableOf<Row>;
  index: number;
  measure: (element: HTMLTableRowElement | null) => void;
};

function BodyRow<Row extends RowData>(props: RowProps<Row>) {
  const { table, index, measure, columns, nameOf, actions, onSelect, isDense } = props;
  const t = useTranslations("common");
  const row = table.getRowModel().rows[index];
  if (!row) return null;
  const known = new Map(columns.map((column) => [column.id, column]));
  const isSelected = row.getIsSelected();
  return (
    <tr
      ref={measure}
      data-index={index}
      aria-rowindex={index + 2}
      className={`border-b last:border-b-0 ${isSelected ? "bg-accent-soft" : "hover:bg-hover"}`}
    >
      {onSelect ? (
        <td className="pl-4">
          <SelectBox
            label={t("table.select", { name: nameOf(row.original) })}
            checked={isSelected}
            onChange={row.getToggleSelectedHandler()}
          />
        </td>
      ) : null}
      {row.getVisibleCells().map((cell, place) => (
        <td
          key={cell.id}
          className={`px-3 ${isDense ? "h-9" : "h-11"} ${place === 0 ? "max-sm:py-2.5" : roomFor[known.get(cell.column.id)?.from ?? "sm"]}`}
        >
          <table.FlexRender cell={cell} />
        </td>
      ))}
      {actions ? <td className="pr-2 text-right">{actions(row.original)}</td> : null}
    </tr>
  );
}
