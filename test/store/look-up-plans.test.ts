import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { JsonValue } from '../../src/domain/values/json.ts';
import { ingestEvents } from '../../src/ingest/ingest-events.ts';
import { openIngestQueue } from '../../src/ingest/open-ingest-queue.ts';
import type { Database } from '../../src/store/database/database.ts';
import { openDatabase } from '../../src/store/database/open-database.ts';
import { run, runText } from '../../src/store/database/statements.ts';
import { findApps } from '../../src/store/read/apps.ts';
import { findAutomationRuns, findLastRuns } from '../../src/store/read/automation-runs.ts';
import { findAutomations, toAutomationListing } from '../../src/store/read/automations.ts';
import { findEvents } from '../../src/store/read/events.ts';
import { findNames } from '../../src/store/read/names.ts';
import { listPage, parseListingRequest } from '../../src/store/read/pages/list-page.ts';
import { setNames } from '../../src/store/write/set-names.ts';
import {
  createTestDatabase,
  describeOnEachDatabase,
  type TestDatabase,
} from '../support/databases/databases.ts';
import type { Statement } from '../support/databases/watch-queries.ts';
import { watchStatements } from '../support/databases/wrap-access.ts';
import { appEvent, runEvent } from '../support/events/events.ts';

const EVENTS = 1_500;
const BATCH = 500;
const LIMITS = { maxBatch: BATCH, maxEventBytes: 1_000_000, mayWrite: () => true };

/** A node of a plan, as EXPLAIN prints it. */
interface PlanNode {
  'Rows Removed by Filter'?: number;
  'Rows Removed by Join Filter'?: number;
  'Actual Loops': number;
  'Actual Rows': number;
  Plans?: PlanNode[];
}

// The planner knows one tenant only, as it does when another one begins: then any index that begins
// with the tenant looks as good as another.
describeOnEachDatabase('look-ups in the log of a tenant that the planner knows nothing of', (kind) => {
  let location: TestDatabase;
  let database: Database;
  const statements: Statement[] = [];
  const note = (statement: Statement) => void statements.push(statement);

  beforeAll(async () => {
    location = await createTestDatabase(kind);
    database = await openDatabase(location);
    await fill(database, 'known', BATCH);
    await database.acrossTenants.write((transaction) => run(transaction, sql`analyze`));
    await fill(database, 'unknown', EVENTS);
    const names = (['USER', 'SPACE', 'AUTOMATION'] as const).flatMap((kindOfId) =>
      [...Array(EVENTS).keys()].map((index) => ({
        ...{ kind: kindOfId, id: `${kindOfId.toLowerCase()}-${index}`, name: 'A name' },
      })),
    );
    await setNames(database.forTenant('unknown'), names);
  });
  afterAll(async () => {
    await database[Symbol.asyncDispose]();
    await location.drop();
  });

  /** The database, whose statements are taken note of. */
  const watched = (): Database => watchStatements(database, note);

  /** The nodes of the plan of a statement, which is executed. */
  const explain = async ({ sql: text, params }: Statement): Promise<PlanNode[]> => {
    const [row] = await database.acrossTenants.write((transaction) =>
      runText(transaction, `explain (analyze, format json) ${text}`, params),
    );
    const told = row?.['QUERY PLAN'];
    const [{ Plan: plan }] = (typeof told === 'string' ? JSON.parse(told) : told) as [{ Plan: PlanNode }];
    const nodes = (node: PlanNode): PlanNode[] => [node, ...(node.Plans ?? []).flatMap(nodes)];
    return nodes(plan);
  };

  /** The most rows that a statement reads in vain. */
  const countVain = async (statement: Statement): Promise<number> =>
    Math.max(
      ...(await explain(statement)).map(
        (node) =>
          (node['Rows Removed by Filter'] ?? 0) * node['Actual Loops'] +
          (node['Rows Removed by Join Filter'] ?? 0),
      ),
    );

  test('of an ingest read what they look for and nothing else', async () => {
    statements.length = 0;
    await fill(watched(), 'unknown', 20, 'more');
    const lookUps = statements.filter(
      ({ sql: text }) => text.startsWith('select') && text.includes('unnest'),
    );
    expect(lookUps.length).toBeGreaterThanOrEqual(4);
    for (const lookUp of lookUps) expect(await countVain(lookUp), lookUp.sql).toBeLessThan(100);
  });

  test('of readers do so, too', async () => {
    statements.length = 0;
    const unknown = watched().forTenant('unknown');
    const runIds = ['run-unknown-2', 'run-unknown-1000'];
    expect(await findAutomationRuns(unknown, runIds)).toHaveLength(2);
    expect(await findApps(unknown, ['app-unknown-1', 'app-unknown-1001'])).toHaveLength(2);
    expect(await findEvents(unknown, [1, 1_000])).toHaveLength(2);
    const automationIds = ['automation-unknown-2', 'automation-unknown-1000'];
    expect(await findAutomations(unknown, automationIds)).toMatchObject([
      { name: 'A run' },
      { name: 'A run' },
    ]);
    expect(await findNames(unknown, ['USER user-2', 'SPACE space-1000'])).toHaveLength(2);
    const byName = toAutomationListing(unknown, { orderBy: [{ field: 'NAME', direction: 'ASC' }] });
    const page = await listPage(byName, parseListingRequest(byName, { first: 20 }));
    expect(page.rows).toHaveLength(20);
    expect(statements).toHaveLength(6);
    for (const lookUp of statements) expect(await countVain(lookUp), lookUp.sql).toBeLessThan(100);
  });

  test('of the newest run of an automation do not read its other runs', async () => {
    await using queue = openIngestQueue(database, { maxQueueBytes: 100_000_000 });
    const runs = Array.from({ length: BATCH }, (_, index) =>
      runEvent('unknown', { id: `busy-${index}` }, { toplevelresourceid: 'busy', time: toTime(index) }),
    );
    await ingestEvents(queue, runs as JsonValue[], LIMITS);
    statements.length = 0;
    const last = await findLastRuns(watched().forTenant('unknown'), ['busy', 'automation-unknown-2']);
    expect(last.map(({ runId }) => runId).toSorted()).toEqual([`busy-${BATCH - 1}`, 'run-unknown-2']);
    const [lookUp] = statements;
    const nodes = lookUp === undefined ? [] : await explain(lookUp);
    const rows = nodes.map((node) => node['Actual Rows'] * node['Actual Loops']);
    expect(Math.max(...rows)).toBeLessThan(10);
  });
});

const toTime = (index: number) => new Date(Date.UTC(2025, 0, 1) + index * 1_000).toISOString();

/** Ingests runs and apps in turn. */
async function fill(database: Database, tenantId: string, count: number, name = tenantId): Promise<void> {
  await using queue = openIngestQueue(database, { maxQueueBytes: 100_000_000 });
  const events = Array.from({ length: count }, (_, index) =>
    index % 2 === 0
      ? runEvent(
          tenantId,
          { id: `run-${name}-${index}`, title: 'A run' },
          { toplevelresourceid: `automation-${name}-${index}` },
        )
      : appEvent(tenantId, 'app.created', { id: `app-${name}-${index}`, attributes: { name: 'An app' } }),
  );
  for (let first = 0; first < count; first += BATCH) {
    await ingestEvents(queue, events.slice(first, first + BATCH) as JsonValue[], LIMITS);
  }
}
