import type { History } from './history.ts';

/** The lists of Qlik's REST API with ids and names, by the last part of their addresses. */
export type NamedLists = Record<
  'automations' | 'automation-connectors' | 'automation-connections' | 'spaces' | 'users',
  Record<string, unknown>[]
>;

/** The addresses at which a tenant has each list. */
const BASES: Record<keyof NamedLists, readonly string[]> = {
  automations: ['/api/workflows/', '/api/v1/'],
  'automation-connectors': ['/api/workflows/', '/api/v1/'],
  'automation-connections': ['/api/workflows/', '/api/v1/'],
  spaces: ['/api/v1/'],
  users: ['/api/v1/'],
};

/** Names for the ids in the events of a history, and for ids of none. */
export function toNamedLists({ tenantId }: Pick<History, 'tenantId'>): NamedLists {
  const list = (kind: string, count: number, more: object = {}) =>
    [...Array(count).keys()].map((index) => {
      const id = `${kind}-${index + 1}`;
      return { id, name: `The ${id}`, createdAt: '2026-01-01T00:00:00Z', ...more };
    });
  return {
    automations: list('automation', 250, { ownerId: 'owner-1', runMode: 'manual' }),
    'automation-connectors': list('connector', 3, { billable: true }),
    'automation-connections': [
      { id: 'connection-1', name: 'A connection', connectorId: 'connector-1' },
      { id: 'connection-2', name: 'Another connection', connectorId: 'connector-4' },
    ],
    spaces: list('space', 2, { tenantId, type: 'shared' }),
    users: [
      ...list('user', 2, { tenantId, subject: 'auth0|1' }),
      ...list('owner', 1, { tenantId, subject: 'auth0|2' }),
    ],
  };
}

/** Finds the list at an address; undefined without one. */
export function findNamedList(lists: NamedLists, pathname: string): NamedLists['users'] | undefined {
  for (const name of Object.keys(BASES) as (keyof NamedLists)[]) {
    if (BASES[name].some((base) => base + name === pathname)) return lists[name];
  }
  return undefined;
}
