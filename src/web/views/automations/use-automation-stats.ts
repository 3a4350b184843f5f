// The numbers of the automations in a list. They take the API longer than the rows do, so the list
// shows the rows first and reads the numbers of the loaded rows next, page by page.

import type { VariablesOf } from 'gql.tada';
import { useEffect, useReducer } from 'preact/hooks';
import { type ApiError, isTemporary, toApiError } from '../../data/api-error.ts';
import { client } from '../../data/client.ts';
import { Recent } from '../../data/recent.ts';
import { useCaller } from '../../data/use-caller.ts';
import {
  type AutomationRow,
  type AutomationStats,
  AutomationStatsDocument,
} from './automations-documents.ts';

type Runs = VariablesOf<typeof AutomationStatsDocument>['runs'];

interface Known {
  byId: Map<string, AutomationStats>;
  /** The rows whose numbers were asked for. A row that changed is another object. */
  asked: WeakSet<AutomationRow>;
  error?: ApiError | undefined;
}

/** The numbers of the lists that were shown last, by caller and filter of the runs. */
const recent = new Recent<Known>(10);
/** The most automations in one query. */
const PAGE = 50;
const RETRY_MS = 2_000;

/**
 * Returns the numbers of the rows by automation, over the runs that match `runs`. A row without an
 * entry is still being read; a row that changed has its numbers from before until it is read again.
 */
export function useAutomationStats(
  rows: readonly AutomationRow[],
  runs: Runs,
): { stats: ReadonlyMap<string, AutomationStats>; error: ApiError | undefined } {
  const [, render] = useReducer((count: number) => count + 1, 0);
  const known = recall(`${useCaller()}${JSON.stringify(runs)}`);
  useEffect(() => {
    const missing = rows.filter((row) => !known.asked.has(row)).slice(0, PAGE);
    if (missing.length === 0) return;
    for (const row of missing) known.asked.add(row);
    const ids = missing.map(({ automationId }) => automationId);
    const reading = client.query(AutomationStatsDocument, { ids, runs, first: ids.length }).toPromise();
    void reading.then(({ data, error }) => {
      known.error = error && toApiError(error);
      for (const { automationId, runStats } of data?.automations.nodes ?? []) {
        if (runStats[0] !== undefined) known.byId.set(automationId, runStats[0]);
      }
      render(undefined);
      if (known.error === undefined || !isTemporary(known.error)) return;
      for (const row of missing) known.asked.delete(row);
      setTimeout(() => render(undefined), RETRY_MS);
    });
  });
  return { stats: known.byId, error: known.error };
}

function recall(key: string): Known {
  const known = recent.get(key) ?? { byId: new Map(), asked: new WeakSet() };
  recent.set(key, known);
  return known;
}
