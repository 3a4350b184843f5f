import { sql } from 'drizzle-orm';
import { isEnumType } from 'graphql';
import { schema } from '../../../src/graphql/schema.ts';
import { WireClient } from '../clients/wire-client.ts';
import type { DatabaseKind } from '../databases/databases.ts';
import { execute, listTextColumns, readColumn } from '../databases/tenant-columns.ts';
import {
  ALPHA,
  BRAVO,
  type CanaryTenant,
  COMPARED_DAY,
  toCanaryEvents,
  toCanaryItems,
  toCanaryNames,
} from '../events/canaries.ts';
import { SECRET, toToken } from '../identity/tokens.ts';
import { type OpenService, startOpenService } from '../services/open-service.ts';
import { Findings } from './findings.ts';
import { toOperation } from './operations.ts';
import { keepDistinct, listPaths, type Path } from './paths.ts';

/** A service with the events of two tenants. */
export interface CanaryService {
  service: OpenService;
  /** Asks for the tenant ALPHA. */
  alpha: WireClient;
  alphaToken: string;
  bravoToken: string;
  close(): Promise<void>;
}

export async function openCanaryService(kind: DatabaseKind): Promise<CanaryService> {
  const service = await startOpenService(kind, { AUTH_JWT_SECRET: SECRET });
  const tokens = [];
  for (const tenant of [ALPHA, BRAVO]) {
    const token = await toToken({ tenantId: tenant.tenantId });
    tokens.push(token);
    const client = service.client.with(token);
    const { stored } = await client.ingest(...toCanaryEvents(tenant));
    if (stored !== toCanaryEvents(tenant).length) throw new Error(`Only ${stored} events are stored.`);
    await client.ingest(...toCanaryItems(tenant));
    await client.data(
      'mutation ($day: CoverageDayInput!) { recordCoverage(input: { days: [$day] }) { days { date } } }',
      { day: { tenantId: tenant.tenantId, date: COMPARED_DAY, upstreamCount: 1, storedCount: 1 } },
    );
    await client.data('mutation ($names: [NameInput!]!) { setNames(input: { names: $names }) { changed } }', {
      names: toCanaryNames(tenant),
    });
    await markOwnTexts(service, tenant);
  }
  const [alphaToken = '', bravoToken = ''] = tokens;
  const alpha = new WireClient({ url: service.url, token: alphaToken });
  return {
    service,
    alpha,
    alphaToken,
    bravoToken,
    async close() {
      await alpha.close();
      await service.close();
    },
  };
}

/** Puts the mark into texts that no sender can choose, past the service. */
async function markOwnTexts({ database }: OpenService, { tenantId, mark }: CanaryTenant): Promise<void> {
  const problems = JSON.stringify([
    { code: 'UNREADABLE_VALUE', message: `${mark} message`, path: `/data/${mark}` },
  ]);
  await execute(
    database,
    sql`update events set warnings = ${problems}::json, origin = 'RELAY' where tenant_id = ${tenantId}`,
  );
  await execute(
    database,
    sql`update quarantine set problems = ${problems}::json, origin = 'RELAY' where tenant_id = ${tenantId}`,
  );
}

/**
 * Gathers what a tenant sees of each field by its own arguments. `levels` limits the ways down to
 * the fields: with three each field is seen in each place, with two each value.
 */
export async function gather(
  { service }: CanaryService,
  token: string,
  levels: 2 | 3 = 3,
): Promise<Findings> {
  const client = new WireClient({ url: service.url, token });
  const own = new Findings();
  const knowledge = { own, foreign: own, pageSize: 50 };
  const paths = keepDistinct(listPaths(schema, 'query', levels));
  const isOfNodes = (path: Path) => /^nodes?$/.test(path[0]?.field.name ?? '');
  // Nodes are found by the global ids that the lists contain.
  for (const path of [...paths.filter((one) => !isOfNodes(one)), ...paths.filter(isOfNodes)]) {
    const { document, variables } = toOperation(schema, 'query', path, knowledge);
    own.add(JSON.parse((await client.ask('WebSocket', document, variables)).body).data);
  }
  await client.close();
  return own;
}

/** Words that a column has from a closed list, so no sender can choose them. */
const CLOSED_WORDS = new Set([
  ...Object.values(schema.getTypeMap()).flatMap((type) =>
    isEnumType(type) ? type.getValues().map(({ name }) => name) : [],
  ),
  'app.reload.finished',
]);
/** A day of the calendar belongs to no tenant. */
const DAY = /^\d{4}-\d\d-\d\d$/;
/** A hash, or several of them. */
const HASHES = /^[\w+/=.:|-]{20,}$/;

/**
 * Sorts the columns with texts by what a tenant's rows have in them. `missing` are those that have
 * neither its mark, nor hashes, nor words of a closed list.
 */
export async function readSecrets(
  { service: { database } }: CanaryService,
  { tenantId, mark }: CanaryTenant,
): Promise<{ hashes: string[]; marked: string[]; missing: string[] }> {
  const hashes: string[] = [];
  const marked: string[] = [];
  const missing: string[] = [];
  for (const place of await listTextColumns(database)) {
    const name = `${place.table}.${place.column}`;
    const values = await readColumn(database, place, tenantId);
    if (values.some((value) => value.toLowerCase().includes(mark.toLowerCase()))) marked.push(name);
    else if (values.length === 0) missing.push(name);
    else if (values.every((value) => CLOSED_WORDS.has(value) || DAY.test(value))) continue;
    else if (values.every((value) => HASHES.test(value))) hashes.push(...values);
    else missing.push(name);
  }
  return { hashes, marked, missing };
}
