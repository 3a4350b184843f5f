import { expect, inject, test } from 'vitest';
import { createTestDatabase } from '../support/databases/databases.ts';
import { runEvent } from '../support/events/events.ts';
import { startPgbouncer } from '../support/processes/pgbouncer.ts';
import { describeWithProgram } from '../support/processes/programs.ts';
import { ServerProcess } from '../support/processes/server-process.ts';
import { waitUntil } from '../support/wait-until.ts';

describeWithProgram('behind PgBouncer in session mode with its default settings', 'pgbouncer', (path) => {
  test('the service starts, stores, answers, tells subscribers, and does so again after PgBouncer was restarted', async () => {
    const database = await createTestDatabase('postgres');
    {
      await using pgbouncer = await startPgbouncer(path, inject('postgresUrl'), { poolMode: 'session' });
      const databaseUrl = pgbouncer.toUrl(database.databaseUrl ?? '');
      await using server = await ServerProcess.start({ databaseUrl, dataDir: '' });
      const { client } = server;
      expect(await client.ingest(runEvent('one', { id: 'a' }, { id: 'a' }))).toMatchObject({ stored: 1 });
      const live = client.as('one').subscribe('subscription { automationRunEnded { run { runId } } }');
      await client.data('{ __typename }');
      const store = (id: string) =>
        client.ingest(runEvent('one', { id }, { id })).then(
          ({ stored }) => stored === 1,
          () => false,
        );
      expect(await store('b')).toBe(true);
      await waitUntil(() => live.received.length === 1);
      await pgbouncer.restart();
      await waitUntil(() => store('c'), 20_000);
      await waitUntil(() => live.received.length === 2, 20_000);
      const { automationRuns } = await client.data('{ automationRuns { nodes { runId } } }');
      expect(automationRuns.nodes).toHaveLength(3);
      await live.close();
      expect(await server.stop()).toBe(0);
    }
    await database.drop();
  });
});
