import { SET_NAMES } from 'qlik-event-graph-ingest/documents';
import { toChunks } from '../../domain/chunks.ts';
import type { DemoClient } from './demo-client.ts';
import type { DemoTenant, Named } from './history/world.ts';

const NAMES_AT_ONCE = 1_000;

interface Name extends Named {
  tenantId: string;
  kind: 'CONNECTOR' | 'ENDPOINT' | 'SPACE' | 'USER';
}

/** Names everything that events leave unnamed. */
export async function sendNames(client: DemoClient, tenants: readonly DemoTenant[]): Promise<void> {
  for (const names of toChunks(tenants.flatMap(listNames), () => 1, NAMES_AT_ONCE))
    await client.ask(SET_NAMES, { names });
}

function listNames({ tenantId, users, spaces, automations }: DemoTenant): Name[] {
  const endpoints = automations.flatMap(({ steps }) => steps);
  const toNames = (kind: Name['kind'], named: readonly Named[]) =>
    named.map(({ id, name }) => ({ tenantId, kind, id, name }));
  return [
    ...toNames('USER', users),
    ...toNames('SPACE', spaces),
    ...toNames('ENDPOINT', [...new Set(endpoints)]),
    ...toNames('CONNECTOR', [...new Set(endpoints.map(({ connector }) => connector))]),
  ];
}
