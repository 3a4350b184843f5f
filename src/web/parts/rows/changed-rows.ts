// Rows that change while a list is shown, such as automations that run again. A delivery of the
// subscription names the row; the list's own query then reads the rows that changed, so each
// matches the filter. A row that no longer matches leaves the list. A row that is now the newest
// moves to the top, except while the reader could lose their place: then it changes where it is.

import type { AnyVariables, TypedDocumentNode } from '@urql/core';
import { useRef } from 'preact/hooks';
import { client } from '../../data/client.ts';
import { useLiveFeed } from '../../data/live-feed.ts';
import type { Rows } from '../../data/use-rows.ts';
import { useThrottled } from '../../data/use-throttled.ts';

interface ChangedRowsSource<Feed, ReadData, ReadVariables, Row> {
  list: Rows<Row>;
  feed: TypedDocumentNode<Feed, { after: string }>;
  toDelivery(data: Feed): { cursor: string; id: string | null | undefined };
  document: TypedDocumentNode<ReadData, ReadVariables>;
  /** Returns the variables that read those of these rows that match the filter of the list. */
  toVariables(ids: string[]): ReadVariables;
  toRows(data: ReadData): readonly Row[];
  toKey(row: Row): string;
  /** Returns when a row was last used if the list has the newest first; otherwise undefined. */
  toTime(row: Row): string | undefined;
  /** Called after changes. */
  onChange(): void;
}

/** The shortest time between two reads. */
const PERIOD_MS = 1_000;
/** The most rows that one page of the API has. */
const MOST_ROWS = 100;

/** Follows the rows of a list with one subscription. */
export function useChangedRows<Feed, ReadData, ReadVariables extends AnyVariables, Row>(
  source: ChangedRowsSource<Feed, ReadData, ReadVariables, Row>,
): void {
  const { list, document: query, toVariables, toRows, toKey, toTime } = source;
  const changed = useRef(new Set<string>());
  const readSoon = useThrottled(async () => {
    const ids = [...changed.current].slice(0, MOST_ROWS);
    for (const id of ids) changed.current.delete(id);
    const { data } = await client.query(query, toVariables(ids)).toPromise();
    if (data === undefined) return;
    const rows = toRows(data);
    const found = new Set(rows.map(toKey));
    list.remove(new Set(ids.filter((id) => !found.has(id))));
    const first = list.rows[0];
    const newest = (first && toTime(first)) ?? '';
    const canMove = scrollY < 40 && document.querySelector('.list:is(:hover, :focus-within)') === null;
    const isMoved = (row: Row) => canMove && (toTime(row) ?? '') > newest;
    list.prepend(rows.filter(isMoved).toSorted((a, b) => ((toTime(a) ?? '') < (toTime(b) ?? '') ? 1 : -1)));
    for (const row of rows) if (!isMoved(row)) list.replace(row);
    source.onChange();
    if (changed.current.size > 0) readSoon();
  }, PERIOD_MS);
  useLiveFeed({
    document: source.feed,
    toVariables: (after) => ({ after }),
    cursor: list.cursor,
    onDelivery(data) {
      const { cursor, id } = source.toDelivery(data);
      if (id != null) changed.current.add(id);
      readSoon();
      list.recordCursor(cursor);
      return cursor;
    },
    onLost: list.reload,
  });
}
