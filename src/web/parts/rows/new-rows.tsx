// Rows that arrive while a list is shown. They are announced ("12 new") and inserted on top at
// once, except while the reader could lose their place: then they wait for a press of the
// announcement. The reader's place counts while the list is scrolled, while the pointer is over a
// row, while a row has the focus, and where the list has another order than the newest first.

import type { AnyVariables, TypedDocumentNode } from '@urql/core';
import { useEffect, useReducer, useRef } from 'preact/hooks';
import { useLiveFeed } from '../../data/live-feed.ts';
import type { Rows } from '../../data/use-rows.ts';
import { useThrottled } from '../../data/use-throttled.ts';
import { formatCount } from '../../format/numbers.ts';

interface NewRowsSource<Data, Variables, Row> {
  list: Rows<Row>;
  /** Whether a new row belongs on top. */
  canInsert: boolean;
  document: TypedDocumentNode<Data, Variables>;
  toVariables(after: string): Variables;
  /** A delivery without a row only has `onRow` called. */
  toDelivery(data: Data): { cursor: string; row?: Row | undefined };
  toKey(row: Row): string;
  /** Called after new rows, at most once per second. */
  onRow(): void;
}

/** What a list shows of its new rows. */
export interface FreshRows {
  /** The number of rows that have arrived since the reader last looked. */
  count: number;
  isNew(key: string): boolean;
  /** Shows the rows that wait, at the top of the page. */
  show(): void;
  holdHandlers: Record<string, (event: Event) => void>;
}

/** Follows a list with one subscription. */
export function useNewRows<Data, Variables extends AnyVariables, Row>(
  source: NewRowsSource<Data, Variables, Row>,
): FreshRows {
  const { list, canInsert, document, toVariables, toDelivery, toKey } = source;
  const [, render] = useReducer((count: number) => count + 1, 0);
  const held = useRef({ waiting: new Map<string, Row>(), isPointed: false, isFocused: false });
  const seen = useRef(new Set<string>());
  useEffect(() => {
    held.current.waiting.clear();
    seen.current.clear();
    render(undefined);
  }, [list.key, list.cursor]);
  const notify = useThrottled(source.onRow, 1_000);

  const canMove = () => canInsert && scrollY < 40 && !held.current.isPointed && !held.current.isFocused;
  const insert = () => {
    const { waiting } = held.current;
    if (waiting.size === 0) return;
    list.prepend([...waiting.values()].reverse());
    waiting.clear();
  };
  useLiveFeed({
    document,
    toVariables,
    cursor: list.cursor,
    onDelivery(data) {
      const { cursor, row } = toDelivery(data);
      notify();
      if (row !== undefined && !list.replace(row)) {
        const key = toKey(row);
        held.current.waiting.delete(key);
        held.current.waiting.set(key, row);
        seen.current.add(key);
        if (canMove()) insert();
      }
      list.recordCursor(cursor);
      render(undefined);
      return cursor;
    },
    onLost: list.reload,
  });
  // Rows that still wait when the view closes are shown when the reader comes back.
  const close = () => {
    if (canInsert) insert();
    else if (held.current.waiting.size > 0) list.forget();
  };
  const latest = useRef(close);
  latest.current = close;
  useEffect(() => () => latest.current(), []);

  const release = () => {
    if (canMove()) insert();
    render(undefined);
  };
  return {
    count: seen.current.size,
    isNew: (key) => seen.current.has(key),
    show() {
      if (canInsert) insert();
      else list.reload();
      seen.current.clear();
      scrollTo(0, 0);
      render(undefined);
    },
    holdHandlers: {
      onPointerEnter: () => {
        held.current.isPointed = true;
      },
      onPointerLeave: () => {
        held.current.isPointed = false;
        release();
      },
      onFocusIn: () => {
        held.current.isFocused = true;
      },
      onFocusOut: () => {
        held.current.isFocused = false;
      },
    },
  };
}

/** The announcement of new rows. */
export function NewRows({ fresh }: { fresh: FreshRows }) {
  return (
    <div class="new-rows" aria-live="polite">
      {fresh.count > 0 && (
        <button
          type="button"
          class="primary"
          data-testid="new-rows"
          data-value={fresh.count}
          onClick={fresh.show}
        >
          {formatCount(fresh.count)} new
        </button>
      )}
    </div>
  );
}
