import type { NamedKind } from '../../../domain/named-kind.ts';

/** A list of Qlik's REST API whose items have an id and a name. */
export interface NameList {
  kind: NamedKind;
  /** Addresses of the list. The first that the tenant does not refuse is read. */
  paths: readonly string[];
  /** The properties of an item with the ids that have its name. */
  ids: readonly string[];
}

const LIMIT = 'limit=100';

/**
 * Lists of the workflows namespace, and those that they replace. `listAll` includes what belongs to
 * other users; Qlik allows it to administrators.
 */
const ofWorkflows = (name: string): string[] =>
  ['/api/workflows/', '/api/v1/'].flatMap((base) => [
    `${base}${name}?${LIMIT}&listAll=true`,
    `${base}${name}?${LIMIT}`,
  ]);

/**
 * The lists to read, those of a kind in the order of precedence: the first list that names an id
 * counts. A connection belongs to a connector and usually has its name, which helps where the list
 * of connectors cannot be read. No list names endpoints.
 */
export const NAME_LISTS: readonly NameList[] = [
  { kind: 'AUTOMATION', paths: ofWorkflows('automations'), ids: ['id'] },
  {
    kind: 'CONNECTOR',
    paths: [`/api/workflows/automation-connectors?${LIMIT}`, `/api/v1/automation-connectors?${LIMIT}`],
    ids: ['id'],
  },
  { kind: 'CONNECTOR', paths: ofWorkflows('automation-connections'), ids: ['connectorId', 'id'] },
  { kind: 'SPACE', paths: [`/api/v1/spaces?${LIMIT}`], ids: ['id'] },
  { kind: 'USER', paths: [`/api/v1/users?${LIMIT}`], ids: ['id'] },
];
