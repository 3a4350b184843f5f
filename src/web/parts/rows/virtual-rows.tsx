import type { JSX } from 'preact';
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';

import { moveRowFocus, takeRowFocus } from './row-focus.ts';

interface VirtualRowsProps<Row> {
  rows: readonly Row[];
  /** The height of every row, in pixels. */
  rowHeight: number;
  /** Renders the cells of a row. */
  renderRow(row: Row): JSX.Element;
  /** The attributes of a row's element. */
  toAttributes(row: Row): Record<string, string>;
  toKey(row: Row): string;
  /** Called when the reader comes near the last row. */
  onEnd(): void;
}

/** Rows outside the window that are rendered, so that scrolling shows no gaps. */
const AROUND = 12;

/** Renders only the rows in the window. The page itself scrolls. */
export function VirtualRows<Row>(props: VirtualRowsProps<Row>) {
  const { rows, rowHeight, renderRow, toAttributes, toKey, onEnd } = props;
  const host = useRef<HTMLDivElement>(null);
  // Until the list's place is known: the most rows that fit into the window.
  const [range, setRange] = useState<readonly [number, number]>(() => [
    0,
    Math.ceil(innerHeight / rowHeight),
  ]);
  const measure = (around = AROUND) => {
    const top = host.current?.getBoundingClientRect().top ?? 0;
    const first = Math.max(0, Math.floor(-top / rowHeight) - around);
    // A list far below the window has its first rows, for search in the page and for the keyboard.
    const last = Math.max(0, Math.ceil((innerHeight - top) / rowHeight)) + around;
    setRange((before) => (before[0] === first && before[1] === last ? before : [first, last]));
  };
  // The first paint shows the rows in the window, the next one those around it.
  useLayoutEffect(() => measure(0), [rows.length === 0, rowHeight]);
  useEffect(() => measure(), [rows.length, rowHeight]);
  useEffect(() => {
    const measureAgain = () => measure();
    addEventListener('scroll', measureAgain, { passive: true });
    addEventListener('resize', measureAgain);
    // What stands above the list moves it.
    const observer = new ResizeObserver(measureAgain);
    observer.observe(document.body);
    return () => {
      observer.disconnect();
      removeEventListener('scroll', measureAgain);
      removeEventListener('resize', measureAgain);
    };
  }, [rowHeight]);
  const [first, last] = range;
  useEffect(() => takeRowFocus(host.current), [rows]);
  const isNearEnd = last + AROUND >= rows.length;
  useEffect(() => {
    if (isNearEnd) onEnd();
  }, [isNearEnd, rows.length]);
  return (
    <div
      ref={host}
      onKeyDown={moveRowFocus}
      class="virtual-rows"
      role="rowgroup"
      style={{ height: `${rows.length * rowHeight}px` }}
    >
      {rows.slice(first, last).map((row, index) => (
        <div
          key={toKey(row)}
          {...toAttributes(row)}
          role="row"
          aria-rowindex={first + index + 2}
          class="row-place"
          style={{ transform: `translateY(${(first + index) * rowHeight}px)`, height: `${rowHeight}px` }}
        >
          {renderRow(row)}
        </div>
      ))}
    </div>
  );
}
