"use client";

import { ArrowDown, ArrowUp } from "lucide-react";
import { useLayoutEffect, useState } from "react";

export type Sort = { by: string; isDescending: boolean };

type HeadingProps = { id: string; title: string; sort: Sort | undefined; onSort: ((sort: Sort) => void) | undefined };

/** A column's title, which sorts by it where the server can. */
export function Heading({ id, title, sort, onSort }: HeadingProps) {
  if (!onSort) return <span className="block truncate">{title}</span>;
  const isSorted = sort?.by === id;
  const Mark = sort?.isDescending ? ArrowDown : ArrowUp;
  return (
    <button
      type="button"
      onClick={() => onSort({ by: id, isDescending: isSorted && !sort.isDescending })}
      className="-mx-1.5 inline-flex max-w-full items-center gap-1 rounded-md px-1.5 py-1 hover:bg-hover hover:text-ink"
    >
      <span className="truncate">{title}</span>
      {isSorted ? <Mark aria-hidden className="size-3.5 shrink-0" /> : null}
    </button>
  );
}

/** The distance of an element from the top of the page, which the window's scroll position is compared with. */
export function useOffset(element: { current: HTMLElement | null }): number {
  const [offset, setOffset] = useState(0);
  useLayoutEffect(() => {
    if (element.current) setOffset(Math.round(element.current.getBoundingClientRect().top + window.scrollY));
  });
  return offset;
}

/** Takes the place of rows that aren't in the page. */
export function Gap({ height }: { height: number }) {
  if (height <= 0) return null;
  return (
    <tr aria-hidden>
      <td style={{ height, padding: 0 }} />
    </tr>
  );
}

type BoxProps = { label: string; checked: boolean; isMixed?: boolean; onChange: (event: unknown) => void };

export function SelectBox({ label, checked, isMixed = false, onChange }: BoxProps) {
  return (
    <input
      type="checkbox"
      aria-label={label}
      checked={checked}
      ref={(box) => {
        if (box) box.indeterminate = isMixed && !checked;
      }}
      onChange={onChange}
      className="block size-4 cursor-default accent-accent"
    />
  );
}
