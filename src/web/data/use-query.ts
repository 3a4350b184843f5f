import type { AnyVariables, TypedDocumentNode } from '@urql/core';
import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import { type ApiError, isTemporary, toApiError } from './api-error.ts';
import { client } from './client.ts';
import { liveStore } from './live-state.ts';
import { Recent } from './recent.ts';
import { signInStore } from './session.ts';
import { useCaller } from './use-caller.ts';

/** A query's answer. While a query with other variables runs, `data` is still the previous one. */
export interface QueryState<Data> {
  data: Data | undefined;
  error: ApiError | undefined;
  isLoading: boolean;
  /** Runs the query again. */
  reload(): void;
}

interface Answer<Data> {
  key: string;
  data?: Data | undefined;
  error?: ApiError | undefined;
}

/** The answers of the last queries, so that going back shows them at once. */
const recent = new Recent<unknown>(40);
/** The delays before a query is repeated that no answer arrived for. */
const RETRY_MS = [1_000, 2_000, 5_000];

/** Runs a query, and again when its variables or the caller change. Undefined variables wait. */
export function useQuery<Data, Variables extends AnyVariables>(
  document: TypedDocumentNode<Data, Variables>,
  variables: Variables | undefined,
): QueryState<Data> {
  const caller = useCaller();
  const key = JSON.stringify([caller, variables]);
  const [round, setRound] = useState(0);
  const [answer, setAnswer] = useState<Answer<Data>>({ key: '' });
  const failures = useRef(0);
  const documentKey = toKey(document);

  // A layout effect starts the query before the first paint.
  useLayoutEffect(() => {
    if (variables === undefined) return undefined;
    const cached = recent.get(`${documentKey}${key}`) as Data | undefined;
    if (cached !== undefined && answer.key !== key) setAnswer({ key, data: cached });
    let timer: ReturnType<typeof setTimeout> | undefined;
    const running = client.query(document, variables).subscribe((result) => {
      if (result.error === undefined) {
        failures.current = 0;
        recent.set(`${documentKey}${key}`, result.data);
        return setAnswer({ key, data: result.data });
      }
      const error = toApiError(result.error);
      if (error.code === 'UNAUTHENTICATED') signInStore.set(true);
      setAnswer((before) => ({ key, error, data: before.key === key ? before.data : undefined }));
      if (!isTemporary(error)) return undefined;
      const delay = RETRY_MS[Math.min(failures.current, RETRY_MS.length - 1)];
      failures.current += 1;
      timer = setTimeout(() => setRound((count) => count + 1), delay);
      return undefined;
    });
    // A query that failed without a network is repeated as soon as the WebSocket is back.
    const unfollow = liveStore.follow((state) => {
      if (state === 'live' && failures.current > 0) setRound((count) => count + 1);
    });
    return () => {
      running.unsubscribe();
      clearTimeout(timer);
      unfollow();
    };
  }, [documentKey, key, round]);

  const isCurrent = answer.key === key;
  return {
    data: answer.data,
    error: isCurrent ? answer.error : undefined,
    isLoading: !isCurrent,
    reload: () => setRound((count) => count + 1),
  };
}

const keys = new WeakMap<object, string>();
let nextKey = 0;

/** Returns a short key of a document. */
function toKey(document: object): string {
  const key = keys.get(document) ?? `${nextKey++} `;
  keys.set(document, key);
  return key;
}
