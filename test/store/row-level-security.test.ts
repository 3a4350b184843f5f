import postgres from 'postgres';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  POLICY,
  TENANT_ROLE,
  toPolicyStatement,
} from '../../src/store/database/migrations/row-level-security.ts';
import { toSetTenant } from '../../src/store/database/postgres/tenant-queries.ts';
import { NO_TENANT } from '../../src/store/tables/quarantine-key.ts';
import { createTestDatabase, type TestDatabase } from '../support/databases/databases.ts';
import { appEvent, runEvent } from '../support/events/events.ts';
import { startTestService } from '../support/services/service.ts';

/** Ids of tenants that would end a literal, or begin another one, if they were not escaped. */
const HOSTILE = [
  "t'wo",
  "''",
  "'; drop table events; --",
  'back\\slash',
  "\\'",
  '\\',
  "E'x'",
  '$1',
  '$$',
  '=',
  '==one',
  '%s',
  'a;b',
  ' one',
  'one ',
  'One',
  'o\u0301ne 💥 \u202e',
  'x'.repeat(256),
  '💥'.repeat(128),
];
const TENANTS = ['one', 'two', ...HOSTILE];

describe('the tables of a database with row-level security', () => {
  let database: TestDatabase;
  let sql: postgres.Sql;
  let tables: string[];
  /** The policies that the migrations have created, before a service starts. */
  let migrated: postgres.Row[];

  beforeAll(async () => {
    database = await createTestDatabase('row-level security');
    sql = postgres(database.databaseUrl ?? '', { max: 1, fetch_types: false, onnotice: () => undefined });
    migrated =
      await sql`select tablename, policyname, permissive, roles::text, cmd, qual, with_check from pg_policies`;
    const service = await startTestService('row-level security', {}, database);
    const events = TENANTS.flatMap((tenantId) => [
      runEvent(tenantId, { id: 'run', blocks: [{ type: 'FormBlock' }] }),
      appEvent(tenantId, 'app.reload.finished', {
        id: 'app',
        reloadId: 'reload',
        endTime: '2026-01-01T00:00:00Z',
      }),
      runEvent(tenantId, {}, { id: '' }),
    ]);
    // An item without a tenant.
    expect(await service.client.ingest(...events, { ...runEvent('one'), tenantid: null })).toMatchObject({
      stored: 2 * TENANTS.length,
      quarantined: TENANTS.length + 1,
    });
    await service.client.data(
      'mutation ($days: [CoverageDayInput!]!) { recordCoverage(input: { days: $days }) { days { date } } }',
      {
        days: TENANTS.map((tenantId) => ({
          ...{ tenantId, date: '2026-11-01', upstreamCount: 1, storedCount: 1 },
        })),
      },
    );
    await service.client.data(
      'mutation ($names: [NameInput!]!) { setNames(input: { names: $names }) { changed } }',
      { names: TENANTS.map((tenantId) => ({ tenantId, kind: 'USER', id: 'user-1', name: 'Ada' })) },
    );
    await service.close();
    const rows = await sql`select table_name as name from information_schema.columns
      where table_schema = 'public' and column_name = 'tenant_id' order by 1`;
    tables = rows.map(({ name }) => String(name));
  });
  afterAll(async () => {
    await sql.end();
    await database.drop();
  });

  /** Runs work as the role of requests; `tenantId` undefined sets no tenant. */
  function asRequest<T>(
    tenantId: string | undefined,
    work: (tx: postgres.TransactionSql) => Promise<T>,
  ): Promise<T> {
    return sql.begin(async (tx) => {
      await tx.unsafe(`set local role ${TENANT_ROLE}`);
      if (tenantId !== undefined) await tx.unsafe(toSetTenant(tenantId));
      return work(tx);
    }) as Promise<T>;
  }

  const listTenants = async (tx: postgres.TransactionSql, table: string) => {
    const rows = await tx`select distinct tenant_id from ${tx(table)} order by 1`;
    return rows.map((row) => String(row.tenant_id));
  };

  test('are ten, and each has rows of every tenant', async () => {
    expect(tables).toHaveLength(10);
    for (const table of tables) {
      const rows = await sql`select distinct tenant_id from ${sql(table)}`;
      const owners = rows.map((row) => row.tenant_id);
      expect(new Set(owners), table).toEqual(
        new Set(table === 'quarantine' ? [...TENANTS, NO_TENANT] : TENANTS),
      );
    }
  });

  test('show the rows of the tenant of the transaction, of which there are some, and no other ones', async () => {
    for (const tenantId of TENANTS) {
      await asRequest(tenantId, async (tx) => {
        const shown = await Promise.all(tables.map((table) => listTenants(tx, table)));
        expect(shown, tenantId).toEqual(tables.map(() => [tenantId]));
      });
    }
  });

  test('show nothing without a tenant, before and after a transaction of one, and for another role', async () => {
    const readAll = (tenantId: string | undefined) =>
      asRequest(tenantId, async (tx) =>
        (await Promise.all(tables.map((table) => listTenants(tx, table)))).flat(),
      );
    const fresh = postgres(database.databaseUrl ?? '', { max: 1, fetch_types: false });
    const [unset] = await fresh`select current_setting('qlik_event_graph.tenant_id', true) as value`;
    expect(unset?.value).toBeNull();
    await fresh.end();
    expect(await readAll(undefined)).toEqual([]);
    expect(await readAll('one')).toHaveLength(tables.length);
    expect(await readAll(undefined), 'the setting is empty now, and not unset').toEqual([]);
    expect(await readAll('three'), 'an unknown tenant').toEqual([]);
    expect(await readAll(NO_TENANT), 'items without a tenant').toEqual([NO_TENANT]);
    const reader = `reader_${database.databaseUrl?.slice(-8)}`;
    await sql.unsafe(`create role ${reader}; grant select on all tables in schema public to ${reader}`);
    await sql.begin(async (tx) => {
      await tx.unsafe(`set local role ${reader}`);
      for (const table of tables) expect(await listTenants(tx, table), table).toEqual([]);
    });
    await sql.unsafe(`drop owned by ${reader}; drop role ${reader}`);
  });

  test('take no row for another tenant, and change none of another tenant', async () => {
    for (const table of tables) {
      const forge = (tx: postgres.TransactionSql, tenantId: string) =>
        tx`insert into ${tx(table)} select (json_populate_record(null::${tx(table)},
            (to_jsonb(t) || jsonb_build_object('tenant_id', ${tenantId}::text))::json)).* from ${tx(table)} t limit 1`;
      const refused = { code: '42501', message: expect.stringContaining('row-level security') };
      await expect(
        asRequest('one', (tx) => forge(tx, 'three')),
        table,
      ).rejects.toMatchObject(refused);
      await expect(
        asRequest('one', (tx) => forge(tx, NO_TENANT)),
        table,
      ).rejects.toMatchObject(refused);
      await expect(
        asRequest('one', (tx) => tx`update ${tx(table)} set tenant_id = 'three'`),
      ).rejects.toMatchObject(refused);
      await asRequest('one', async (tx) => {
        const updated = await tx`update ${tx(table)} set tenant_id = tenant_id where tenant_id <> 'one'`;
        const deleted = await tx`delete from ${tx(table)} where tenant_id <> 'one'`;
        const locked = await tx`select from ${tx(table)} where tenant_id <> 'one' for update`;
        expect([updated.count, deleted.count, locked.count], table).toEqual([0, 0, 0]);
        await expect(tx.savepoint((inner) => inner`truncate ${inner(table)}`)).rejects.toMatchObject({
          code: '42501',
        });
      });
    }
    for (const table of tables) {
      const [row] = await sql`select count(distinct tenant_id)::int as count from ${sql(table)}`;
      expect(row?.count, table).toBe(TENANTS.length + (table === 'quarantine' ? 1 : 0));
    }
  });

  test('have the policy of the code from the migrations, and no other one', async () => {
    expect(migrated.map(({ tablename }) => tablename).sort()).toEqual(tables);
    await sql.unsafe(`create table like_ours (like tenants); ${toPolicyStatement('like_ours')}`);
    const [ours] =
      await sql`select policyname, permissive, roles::text, cmd, qual, with_check from pg_policies
      where tablename = 'like_ours'`;
    expect(ours?.policyname).toBe(POLICY);
    for (const { tablename, ...policy } of migrated) expect(policy, tablename).toEqual(ours);
    await sql`drop table like_ours`;
  });

  test('are not named by a tenant id that PostgreSQL cannot store', () => {
    for (const tenantId of ['a\u0000b', 'a\ud800']) expect(() => toSetTenant(tenantId)).toThrow('tenant id');
  });
});
