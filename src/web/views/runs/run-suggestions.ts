import type { VariablesOf } from 'gql.tada';
import { useQuery } from '../../data/use-query.ts';
import { toName } from '../../format/names.ts';
import type { Suggestion } from '../../parts/filters/filter-field.ts';
import { ConnectorsDocument, RunKeysDocument } from './suggestions-documents.ts';

export type RunGrouping = VariablesOf<typeof RunKeysDocument>['grouping'];

/** Returns the most frequent ids of a field of runs. */
export function useRunKeys(grouping: RunGrouping): Suggestion[] {
  const { data } = useQuery(RunKeysDocument, { grouping });
  const keys = data?.automationRunStats ?? [];
  // A row has the ids that it is grouped by; the others are null.
  return keys.flatMap((key) =>
    toSuggestion(
      key.automationId ?? key.executedById ?? key.ownerId ?? key.spaceId,
      key.automation?.name ?? key.executedByName ?? key.ownerName ?? key.spaceName,
    ),
  );
}

/** Returns the connectors with the most blocks. */
export function useConnectors(): Suggestion[] {
  const { data } = useQuery(ConnectorsDocument, {});
  return (data?.blockStats ?? []).flatMap(({ connectorId, connectorName }) =>
    toSuggestion(connectorId, connectorName),
  );
}

function toSuggestion(id: string | null, name: string | null): Suggestion[] {
  return id === null ? [] : [{ value: id, label: toName(name, id) }];
}
