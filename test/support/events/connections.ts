import type { GraphqlClient } from '../clients/graphql-client.ts';
import { appEvent, runEvent } from './events.ts';

// The third differs from the second by less than a millisecond, so they are equal as kept.
const TIMES = [
  '2026-01-01T10:00:00.001Z',
  '2026-01-01T10:00:00.002Z',
  '2026-01-01T10:00:00.002999Z',
  '2026-01-01T10:00:00.003Z',
];
const LONG = '\u{1f600}'.repeat(250);

/** Runs: id, automation, index of the start time, blocks. */
const RUNS: [id: string, automation: string, time: number, blocks: unknown[]][] = [
  ['run-1', 'automation-1', 1, [{}, 'no block', { type: 'baseBlock' }, {}]],
  ['run-2', 'automation-1', 2, [{}]],
  ['run-3', 'automation-1', 0, [{}]],
  ['run-4', 'automation-2', 1, []],
  ['run-5', 'automation-2', 3, [{}, {}]],
  ['run-6', '', 0, []],
  ['run-7', 'automation-3', 3, []],
];

const APPS: [id: string, name: string | undefined][] = [
  ['app-01', 'beta'],
  ['app-02', 'Alpha'],
  ['app-03', 'alpha'],
  ['app-04', 'ALPHA'],
  ['app-05', undefined],
  ['app-06', undefined],
  ['app-07', 'Zeta'],
  ['app-08', 'Éclair'],
  ['app-09', 'gamma'],
  ['app-10', LONG],
  ['app-11', LONG],
];
const DELETED_APP = 'app-09';

/** Events that fill every connection with rows, ties and missing values. */
export function toConnectionEvents(tenantId: string): object[] {
  const runs = RUNS.map(([id, automation, time, blocks]) =>
    runEvent(tenantId, { id, startTime: TIMES[time], blocks }, { toplevelresourceid: automation }),
  );
  const again = TIMES.map((time) =>
    runEvent(tenantId, { id: 'run-1' }, { time, toplevelresourceid: 'automation-1' }),
  );
  const idle = runEvent(tenantId, { id: '' }, { toplevelresourceid: 'automation-4' });
  const apps = APPS.map(([id, name]) => appEvent(tenantId, 'app.created', { attributes: { id, name } }));
  const deleted = appEvent(
    tenantId,
    'app.deleted',
    { attributes: { id: DELETED_APP } },
    { eventTime: TIMES[0] },
  );
  const reloads = [...TIMES, ...TIMES].map((endTime, index) =>
    appEvent(
      tenantId,
      'app.reload.finished',
      { endTime, reloadId: `reload-${index}` },
      { extensions: { topLevelResourceId: index < 5 ? 'app-01' : 'app-02' } },
    ),
  );
  const unusable = [0, 1, 2, 3, 4].map((index) => runEvent(index % 2 ? '' : tenantId, { index }, { id: '' }));
  return [...runs, ...again, idle, ...apps, deleted, ...reloads, ...unusable];
}

/** A connection, and how to ask for it. */
export interface ConnectionCase {
  name: string;
  /**
   * Fields around the connection, outermost first, and the connection's own field with its further
   * arguments.
   */
  path: string[];
  /** What names a node. */
  node: string;
  /** The names in the default order, where the contract says what it is down to the ties. */
  expected?: string[];
}

const LIVE_APPS = [
  'app-02',
  'app-03',
  'app-04',
  'app-01',
  'app-07',
  'app-08',
  'app-10',
  'app-11',
  'app-05',
  'app-06',
];

export const CONNECTIONS: ConnectionCase[] = [
  {
    name: 'automationRuns',
    path: ['automationRuns'],
    node: 'runId',
    expected: ['run-7', 'run-5', 'run-4', 'run-2', 'run-1', 'run-6', 'run-3'],
  },
  {
    name: 'automations',
    path: ['automations'],
    node: 'automationId',
    expected: ['automation-3', 'automation-2', 'automation-1', 'automation-4'],
  },
  {
    name: 'blocks',
    path: ['blocks'],
    node: 'run { runId } ordinal',
    expected: ['run-5 0', 'run-5 1', 'run-2 0', 'run-1 0', 'run-1 2', 'run-1 3', 'run-3 0'],
  },
  { name: 'apps', path: ['apps'], node: 'appId', expected: LIVE_APPS },
  {
    name: 'apps, deleted ones included',
    path: ['apps(includeDeleted: true)'],
    node: 'appId',
    expected: LIVE_APPS.toSpliced(4, 0, DELETED_APP),
  },
  { name: 'appReloads', path: ['appReloads'], node: 'reloadId' },
  { name: 'events', path: ['events'], node: 'position' },
  { name: 'quarantinedEvents', path: ['quarantinedEvents'], node: 'id' },
  {
    name: 'AutomationRun.blocks',
    path: ['automationRun(runId: "run-1")', 'blocks'],
    node: 'ordinal',
    expected: ['0', '2', '3'],
  },
  {
    name: 'AutomationRun.events',
    path: ['automationRun(runId: "run-1")', 'events'],
    node: 'position',
    expected: ['11', '10', '9', '8', '1'],
  },
  {
    name: 'Automation.runs',
    path: ['automation(automationId: "automation-1")', 'runs'],
    node: 'runId',
    expected: ['run-2', 'run-1', 'run-3'],
  },
  { name: 'App.reloads', path: ['app(appId: "app-01")', 'reloads'], node: 'reloadId' },
  {
    name: 'App.events',
    path: ['app(appId: "app-01")', 'events'],
    node: 'position',
    expected: ['29', '28', '27', '26', '25', '13'],
  },
];

export interface PageArguments {
  first?: number | null;
  after?: string | null;
  last?: number | null;
  before?: string | null;
}

export interface ReadPage {
  names: string[];
  cursors: string[];
  pageInfo: {
    hasNextPage: boolean;
    hasPreviousPage: boolean;
    startCursor: string | null;
    endCursor: string | null;
  };
  totalCount: number;
}

/** The document that asks for a page. */
export function toPageDocument(connection: ConnectionCase): string {
  return toDocument(connection, ['']);
}

/** A document with a page for each suffix, which ends the alias of the page and its variables. */
function toDocument({ path, node }: ConnectionCase, suffixes: readonly string[]): string {
  const outer = path.slice(0, -1);
  const [field = '', more = ''] = (path.at(-1) ?? '').split(/[()]/);
  const declared = suffixes.map(
    (s) => `$first${s}: Int, $after${s}: String, $last${s}: Int, $before${s}: String`,
  );
  const pages = suffixes.map(
    (
      s,
    ) => `page${s}: ${field}(first: $first${s}, after: $after${s}, last: $last${s}, before: $before${s} ${more}) {
      edges { cursor node { ${node} } } nodes { ${node} } totalCount
      pageInfo { hasNextPage hasPreviousPage startCursor endCursor } }`,
  );
  return `query (${declared.join(', ')}) {
    ${outer.map((around) => `${around} {`).join(' ')} ${pages.join(' ')} ${'}'.repeat(path.length)}`;
}

/** Reads a page that must be one. */
export async function readPage(
  client: GraphqlClient,
  connection: ConnectionCase,
  args: PageArguments,
): Promise<ReadPage> {
  const [page] = await readPages(client, connection, [args]);
  if (page === undefined) throw new Error('There is no page.');
  return page;
}

/** Reads up to 15 pages of one connection with one request. */
export async function readPages(
  client: GraphqlClient,
  connection: ConnectionCase,
  pages: readonly PageArguments[],
): Promise<ReadPage[]> {
  const suffixes = pages.map((_, place) => String(place));
  const variables = Object.fromEntries(
    pages.flatMap((args, place) => Object.entries(args).map(([name, value]) => [`${name}${place}`, value])),
  );
  let around = await client.data(toDocument(connection, suffixes), variables);
  for (const step of connection.path.slice(0, -1)) around = around[step.replace(/\(.*/, '')];
  return suffixes.map((suffix) => toPage(around[`page${suffix}`]));
}

// biome-ignore lint/suspicious/noExplicitAny: a connection of any node.
function toPage(page: any): ReadPage {
  // The parts by name: a response need not keep the order of the selection.
  const toName = ({ run, ...rest }: { run?: { runId: string } }) =>
    [run?.runId, ...Object.values(rest)].filter((part) => part !== undefined).join(' ');
  const names: string[] = page.edges.map((edge: { node: object }) => toName(edge.node));
  if (page.nodes.map(toName).join() !== names.join()) throw new Error('Nodes and edges differ.');
  const cursors = page.edges.map((edge: { cursor: string }) => edge.cursor);
  return { names, cursors, pageInfo: page.pageInfo, totalCount: page.totalCount };
}
