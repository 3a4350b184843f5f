import { sql } from 'drizzle-orm';
import { expect, test } from 'vitest';
import { openDatabase } from '../../../src/store/database/open-database.ts';
import { asAdmin, createTestDatabase } from '../../support/databases/databases.ts';
import { openTcpProxy } from '../../support/sockets/tcp-proxy.ts';
import { waitUntil } from '../../support/wait-until.ts';

const LOCK = sql`select pg_advisory_xact_lock(1)`;

test('a transaction that an outage has cut off from this process does not keep its locks', async () => {
  const location = await createTestDatabase('postgres');
  const proxy = await openTcpProxy(location.databaseUrl ?? '');
  {
    await using database = await openDatabase({ ...location, databaseUrl: proxy.url });
    const cutOff = database.acrossTenants.write(async (transaction) => {
      await transaction.execute(LOCK);
      // It is at work for longer than this test may take, so no idle transaction that the server
      // ends by itself.
      await transaction.execute(sql`select pg_sleep(25)`);
    });
    const ended = expect(cutOff).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    const name = new URL(location.databaseUrl ?? '').pathname.slice(1);
    const isAtWork = async () => {
      const rows = await asAdmin(
        (admin) =>
          admin`select 1 from pg_stat_activity where datname = ${name} and state = 'active' and query like 'select pg_sleep%'`,
      );
      return rows.length > 0;
    };
    await waitUntil(isAtWork);

    proxy.swallow();
    await ended;
    expect(await isAtWork(), 'the server knows nothing of it').toBe(true);
    await proxy.restore();
    await waitUntil(() =>
      database.ping(1_000).then(
        () => true,
        () => false,
      ),
    );
    const startedAt = performance.now();
    await database.acrossTenants.write((transaction) => transaction.execute(LOCK));
    expect(performance.now() - startedAt).toBeLessThan(5_000);
  }
  await proxy.close();
  await location.drop();
});
