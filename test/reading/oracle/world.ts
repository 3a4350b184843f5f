import type { GraphqlClient } from '../../support/clients/graphql-client.ts';
import type { DatabaseKind } from '../../support/databases/databases.ts';
import { startTestService, type TestService } from '../../support/services/service.ts';
import { toReadingEvents, toReadingNames } from './data.ts';
import { compareTexts, type Row, type Value } from './oracle.ts';
import { APPS, AUTOMATIONS, BLOCKS, EVENTS, RELOADS, RUNS } from './subjects.ts';

/** Every row of a tenant, as the interface shows it without filters. */
export interface World {
  runs: Row[];
  blocks: Row[];
  automations: Row[];
  apps: Row[];
  reloads: Row[];
  events: Row[];
}

type Json = Record<string, unknown>;

export async function readWorld(client: GraphqlClient): Promise<World> {
  const runs: Row[] = [];
  const blocks: Row[] = [];
  const runFields = `${RUNS.selection} blocks(first: 100) { nodes { ${BLOCKS.selection} } }`;
  for (const { blocks: own, ...node } of await readAll(client, 'automationRuns', runFields)) {
    const run = toRow(node, String(node.runId));
    run.related = (own as { nodes: Json[] }).nodes.map((block) => {
      const { runId, occurredAt: runOccurredAt, automationId } = run.values;
      const row = toRow({ ...block, runId, runOccurredAt, automationId }, String(runId));
      return { ...row, ordinal: Number(block.ordinal), related: [run] };
    });
    runs.push(run);
    blocks.push(...run.related);
  }
  const read = async (connection: string, selection: string, key: (node: Json) => string) =>
    (await readAll(client, connection, selection)).map((node) => toRow(node, key(node)));
  const automations = await read('automations', AUTOMATIONS.selection, (node) => String(node.automationId));
  const apps = await read('apps', APPS.selection, (node) => String(node.appId));
  const reloads = await read('appReloads', RELOADS.selection, toReloadKey);
  const events = await readEvents(client);
  for (const row of automations) row.related = findNewest(runs, 'automationId', row.key);
  for (const row of apps) row.related = findNewest(reloads, 'appId', row.key);
  return { runs, blocks, automations, apps, reloads, events };
}

/** The events of a tenant, as the interface shows them without filters. */
export async function readEvents(client: GraphqlClient): Promise<Row[]> {
  const nodes = await readAll(client, 'events', EVENTS.selection);
  return nodes.map((node) => toRow(node, Number(node.position)));
}

/** The newest row of a parent, or none; of those with equal times the one with the greatest key. */
function findNewest(rows: readonly Row[], parent: string, id: Value): Row[] {
  const own = rows.filter(({ values }) => values[parent] === id);
  const toText = ({ values, key }: Row) => `${values.occurredAt} ${key}`;
  return own.toSorted((a, b) => compareTexts(toText(b), toText(a))).slice(0, 1);
}

/** Reloads have no id of Qlik's; what tells them apart shows in their global id. */
function toReloadKey({ id }: Json): string {
  return String(JSON.parse(Buffer.from(String(id), 'base64url').toString())[2]);
}

async function readAll(client: GraphqlClient, connection: string, selection: string): Promise<Json[]> {
  const nodes: Json[] = [];
  const more = connection === 'apps' ? ', includeDeleted: true' : '';
  for (let after: string | null = null; ; ) {
    const data = await client.data(
      `query ($after: String) { page: ${connection}(first: 100, after: $after${more}) {
        nodes { ${selection} } pageInfo { hasNextPage endCursor } } }`,
      { after },
    );
    nodes.push(...data.page.nodes);
    if (!data.page.pageInfo.hasNextPage) return nodes;
    after = data.page.pageInfo.endCursor;
  }
}

function toRow({ id, network, size, ...values }: Json, key: string | number): Row {
  const flat = {
    ...values,
    ...toPair(network, 'rxBytes', 'txBytes'),
    ...toPair(size, 'fileBytes', 'memoryBytes'),
  };
  return { id: String(id), values: flat as Record<string, Value>, key, ordinal: 0, related: [] };
}

/** The members of an object that is null where both of them are; none where it is not selected. */
function toPair(object: unknown, ...names: string[]): Json {
  if (object === undefined) return {};
  return Object.fromEntries(names.map((name) => [name, (object as Json | null)?.[name] ?? null]));
}

/** A service with the made-up events of a tenant, and what is to be found of them. */
export interface ReadingService {
  service: TestService;
  /** Acts for that tenant. */
  client: GraphqlClient;
  world: World;
  /** Events of the tenant that were stored. */
  stored: number;
}

/** Starts one. Some events of another tenant are there too, whose rows must not show. */
export async function startReadingService(kind: DatabaseKind): Promise<ReadingService> {
  const service = await startTestService(kind);
  const client = service.client.as('tenant');
  const { stored } = await service.client.ingest(...toReadingEvents('tenant'));
  await service.client.ingest(...toReadingEvents('other').slice(0, 100));
  const names = [
    ...toReadingNames('tenant'),
    ...toReadingNames('other').map((one) => ({ ...one, name: 'Other' })),
  ];
  await service.client.data(
    'mutation ($names: [NameInput!]!) { setNames(input: { names: $names }) { changed } }',
    { names },
  );
  return { service, client, world: await readWorld(client), stored };
}
