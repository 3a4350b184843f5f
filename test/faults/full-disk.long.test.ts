import { sql } from 'drizzle-orm';
import { expect, test } from 'vitest';
import { openDatabase } from '../../src/store/database/open-database.ts';
import { Relay } from '../support/clients/relay.ts';
import {
  asAdmin,
  createTestDatabase,
  killBackends,
  type TestDatabase,
} from '../support/databases/databases.ts';
import { runEvent } from '../support/events/events.ts';
import { ServerProcess } from '../support/processes/server-process.ts';
import { startTestService } from '../support/services/service.ts';
import { waitUntil } from '../support/wait-until.ts';
import { faultTest } from './scenario.ts';

/** Ways in which a database that is there stores nothing: what sets them on, and off. */
const STATES: [name: string, on: string[], off: string[]][] = [
  ['the disk is full when events are inserted', [raise('53100'), trigger('before insert')], [noTrigger()]],
  [
    'the disk is full when a transaction is committed',
    [raise('53100'), trigger('after insert', 'deferrable initially deferred')],
    [noTrigger()],
  ],
  ['transactions are read-only, as on a standby', [readOnly('on')], [readOnly('off')]],
];

faultTest(
  'while the database can store nothing, callers get UNAVAILABLE and nothing is stored; reading goes on, and writing after it',
  { short: STATES.length, full: STATES.length * 5 },
  async ({ times, seed, calm, recoveries, show }) => {
    const database = await createTestDatabase('postgres');
    {
      await using server = await ServerProcess.start(database);
      const relay = new Relay({ seed, urls: () => [server.url] });
      const stored: string[] = [];
      calm.push(await relay.goesOn());
      for (let time = 0; time < times; time += 1) {
        const [name, on, off] = STATES[time % STATES.length] ?? ['', [], []];
        await execute(database, on);
        // Running requests have finished, and all callers are refused.
        const { operations, heads, codes } = relay;
        const begun = operations.length;
        const isRefused = () =>
          operations.slice(begun).filter(({ outcome }) => outcome === 'failed').length >= 12;
        await waitUntil(isRefused);
        const head = await readHead(server);
        const read = heads.length;
        const refused = codes.get('UNAVAILABLE') ?? 0;
        await waitUntil(() => heads.length > read + 3 && (codes.get('UNAVAILABLE') ?? 0) > refused + 12);
        if ((await readHead(server)) !== head) stored.push(name);
        expect(relay.operations.at(-1)?.outcome).toBe('failed');
        await execute(database, off);
        recoveries.push(await relay.goesOn());
      }
      expect(await relay.finish()).toEqual([]);
      show(relay.figures);
      expect(stored).toEqual([]);
      expect(server.stderr).toBe('');
      expect(await server.stop()).toBe(0);
    }
    await database.drop();
  },
);

test('on an embedded database likewise: of a batch that meets the full disk nothing is stored', async () => {
  const location = await createTestDatabase('pglite');
  {
    // No other session can change the state there, so it starts and ends with an event.
    await using database = await openDatabase(location);
    const isMet = trigger('before insert').replace(' execute', ` when (new.event_id = 'too much') execute`);
    for (const statement of [raise('53100'), isMet]) {
      await database.acrossTenants.write((transaction) => transaction.execute(sql.raw(statement)));
    }
  }
  const service = await startTestService('pglite', {}, location);
  const client = service.client.as('one');
  const refused = await client.request(
    'mutation ($events: [JSON!]!) { ingestEvents(input: { events: $events }) { stored } }',
    { events: [runEvent('one'), runEvent('one', {}, { id: 'too much' })] },
  );
  expect(refused.errors?.map(({ extensions }) => extensions.code)).toEqual(['UNAVAILABLE']);
  const { receipts } = await client.ingest(runEvent('one'));
  expect(receipts).toMatchObject([{ outcome: 'STORED', position: 1 }]);
  const { automationRuns } = await client.data('{ automationRuns { totalCount } }');
  expect(automationRuns.totalCount).toBe(1);
  await service.close();
  await location.drop();
});

async function readHead(server: ServerProcess): Promise<number> {
  return (await server.client.as('one').data('{ eventLog { headPosition } }')).eventLog.headPosition;
}

/**
 * Runs statements in the test's database; sessions that are open take no note of new defaults, so
 * they are ended.
 */
async function execute(database: TestDatabase, statements: readonly string[]): Promise<void> {
  const url = database.databaseUrl ?? '';
  const name = new URL(url).pathname.slice(1);
  const isDefault = statements.some((statement) => statement.startsWith('alter database'));
  await asAdmin(
    async (admin) => {
      for (const statement of statements) await admin.unsafe(statement.replace('this_database', name));
    },
    isDefault ? undefined : url,
  );
  if (isDefault) await killBackends(database);
}

function raise(state: string): string {
  return `create or replace function refuse() returns trigger language plpgsql as
    $$ begin raise 'could not extend file' using errcode = '${state}'; end $$`;
}

function trigger(when: string, how = ''): string {
  const constraint = how === '' ? '' : 'constraint';
  return `create ${constraint} trigger refuse ${when} on events ${how} for each row execute function refuse()`;
}

function noTrigger(): string {
  return 'drop trigger refuse on events';
}

function readOnly(value: string): string {
  return `alter database this_database set default_transaction_read_only = ${value}`;
}
