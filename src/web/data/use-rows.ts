import type { AnyVariables, TypedDocumentNode } from '@urql/core';
import { useLayoutEffect, useReducer, useRef } from 'preact/hooks';
import { type ApiError, isTemporary, toApiError } from './api-error.ts';
import { client } from './client.ts';
import { Recent } from './recent.ts';
import { signInStore } from './session.ts';
import { useCaller } from './use-caller.ts';

/** A page of a list, as a query returned it. */
export interface RowsPage<Row> {
  rows: readonly Row[];
  endCursor: string | null;
  hasNextPage: boolean;
  /** The cursor of the log's head that was read with the page. */
  headCursor: string;
}

interface RowsSource<Data, Variables, Row> {
  document: TypedDocumentNode<Data, Variables>;
  /** Returns the variables of the page after a cursor; of the first page, for null. */
  toVariables(after: string | null): Variables;
  toPage(data: Data): RowsPage<Row>;
  /** Returns what identifies a row: a list shows each row once. */
  toKey(row: Row): string;
}

/** The rows of a list that are loaded so far. */
export interface Rows<Row> {
  /** While the first page of other variables is read, the rows before. */
  rows: readonly Row[];
  error: ApiError | undefined;
  isLoading: boolean;
  hasNextPage: boolean;
  /** Differs for each list: caller, filter and order. */
  key: string;
  /** Where a subscription to further rows begins; undefined until the first page is read. */
  cursor: string | undefined;
  loadMore(): void;
  /** Reads the first page again, in place of all rows. */
  reload(): void;
  /** Puts rows in front. A row that is loaded already moves. */
  prepend(rows: readonly Row[]): void;
  /** Replaces a row that is loaded. Returns whether it is. */
  replace(row: Row): boolean;
  /** Removes the rows with these keys. */
  remove(keys: ReadonlySet<string>): void;
  /** Records the cursor of the last delivery, for when the list is shown again. */
  recordCursor(cursor: string): void;
  /** Forgets the rows: when the list is shown again, it is read again. */
  forget(): void;
}

/** The lists that were shown last, so that going back shows all their rows. */
const lists = new Recent<RowsPage<unknown>>(10);
const RETRY_MS = 2_000;
const NO_DATA: ApiError = { code: 'BAD_ANSWER', message: 'The answer contains no data.' };

/** Reads a list page by page. A list that was shown before has its rows at once. */
export function useRows<Data, Variables extends AnyVariables, Row>(
  source: RowsSource<Data, Variables, Row>,
): Rows<Row> {
  const { document, toVariables, toPage, toKey } = source;
  const [, render] = useReducer((count: number) => count + 1, 0);
  const key = `${useCaller()}${JSON.stringify(toVariables(null))}`;
  const [round, nextRound] = useReducer((count: number) => count + 1, 0);
  const state = useRef<{
    key?: string;
    /** The cursor of the first page, or of the last delivery if the list is shown again. */
    cursor?: string;
    error?: ApiError | undefined;
    isLoadingMore?: boolean;
    shown?: RowsPage<Row>;
  }>({});
  if (state.current.key !== key) {
    const { shown } = state.current;
    const known = lists.get(key);
    state.current = { key, ...(shown && { shown }), ...(known && { cursor: known.headCursor }) };
  }
  const current = lists.get(key) as RowsPage<Row> | undefined;
  if (current !== undefined) state.current.shown = current;

  const fail = (error: ApiError) => {
    if (error.code === 'UNAUTHENTICATED') signInStore.set(true);
    state.current.error = error;
    state.current.isLoadingMore = false;
    render(undefined);
  };

  // A layout effect starts the query before the first paint.
  useLayoutEffect(() => {
    if (round === 0 && lists.get(key) !== undefined) return undefined;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const running = client.query(document, toVariables(null)).subscribe((result) => {
      if (result.data === undefined || result.error !== undefined) {
        const error = result.error ? toApiError(result.error) : NO_DATA;
        if (isTemporary(error)) timer = setTimeout(() => nextRound(undefined), RETRY_MS);
        return fail(error);
      }
      const page = toPage(result.data);
      lists.set(key, page);
      state.current = { key, cursor: page.headCursor };
      return render(undefined);
    });
    return () => {
      running.unsubscribe();
      clearTimeout(timer);
    };
  }, [key, round]);

  const change = (changes: Partial<RowsPage<Row>>) => {
    const before = lists.get(key) as RowsPage<Row> | undefined;
    if (before === undefined) return;
    lists.set(key, { ...before, ...changes });
    render(undefined);
  };
  const loadedRows = () => (lists.get(key) as RowsPage<Row> | undefined)?.rows ?? [];
  const loadMore = () => {
    const after = lists.get(key);
    if (state.current.key !== key || !after?.hasNextPage || state.current.isLoadingMore) return;
    state.current.isLoadingMore = true;
    const loading = client.query(document, toVariables(after.endCursor)).toPromise();
    void loading.then(({ data, error }) => {
      if (state.current.key !== key) return;
      if (data === undefined || error !== undefined) {
        const failure = error ? toApiError(error) : NO_DATA;
        if (isTemporary(failure)) setTimeout(loadMore, RETRY_MS);
        return fail(failure);
      }
      state.current.isLoadingMore = false;
      state.current.error = undefined;
      const { rows, endCursor, hasNextPage } = toPage(data);
      const before = loadedRows();
      const known = new Set(before.map(toKey));
      const added = rows.filter((row) => !known.has(toKey(row)));
      return change({ rows: [...before, ...added], endCursor, hasNextPage });
    });
  };
  return {
    key,
    loadMore,
    rows: state.current.shown?.rows ?? [],
    error: state.current.error,
    isLoading: current === undefined,
    hasNextPage: current?.hasNextPage ?? false,
    cursor: state.current.cursor,
    reload: () => nextRound(undefined),
    prepend(rows) {
      const added = new Map(rows.map((row) => [toKey(row), row]));
      change({ rows: [...added.values(), ...loadedRows().filter((row) => !added.has(toKey(row)))] });
    },
    replace(row) {
      const index = loadedRows().findIndex((other) => toKey(other) === toKey(row));
      if (index >= 0) change({ rows: loadedRows().with(index, row) });
      return index >= 0;
    },
    remove(keys) {
      const rows = loadedRows();
      if (rows.some((row) => keys.has(toKey(row))))
        change({ rows: rows.filter((row) => !keys.has(toKey(row))) });
    },
    recordCursor(cursor) {
      const before = lists.get(key);
      if (before !== undefined) before.headCursor = cursor;
    },
    forget: () => lists.delete(key),
  };
}

/** Keeps a list as the last one that was shown. */
