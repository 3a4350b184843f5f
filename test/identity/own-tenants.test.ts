import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { run } from '../../src/store/database/statements.ts';
import { WireClient } from '../support/clients/wire-client.ts';
import { describeOnEveryDatabase } from '../support/databases/databases.ts';
import type { Statement } from '../support/databases/watch-queries.ts';
import { watchStatements } from '../support/databases/wrap-access.ts';
import { runEvent } from '../support/events/events.ts';
import { SECRET, toToken } from '../support/identity/tokens.ts';
import { type OpenService, startOpenService } from '../support/services/open-service.ts';

const TENANTS = '{ viewer { tenants { tenantId headPosition lastEventAt } } }';
const ONE = { tenantId: 'one', headPosition: 2, lastEventAt: '2025-05-02T00:00:00.000Z' };
const TWO = { tenantId: 'two', headPosition: 1, lastEventAt: '2025-05-03T00:00:00.000Z' };
const UPPER = { tenantId: 'Upper', headPosition: 1, lastEventAt: '2025-05-04T00:00:00.000Z' };

const fill = (service: OpenService, token: string | undefined) => {
  const client = token === undefined ? service.client : service.client.with(token);
  const run = (tenantId: string, time: string) => runEvent(tenantId, {}, { time: `${time}T00:00:00Z` });
  const events = [run('one', '2025-05-01'), run('two', '2025-05-03'), run('one', '2025-05-02')];
  return client.ingest(...events, run('Upper', '2025-05-04'), runEvent('one', {}, { id: '' }));
};

describeOnEveryDatabase('the tenants of a caller with a token', (kind) => {
  let service: OpenService;
  const statements: Statement[] = [];
  beforeAll(async () => {
    service = await startOpenService(kind, { AUTH_JWT_SECRET: SECRET }, (database) =>
      watchStatements(database, (statement) => statements.push(statement)),
    );
    await fill(service, await toToken({ tenantId: '*' }));
  });
  afterAll(() => service.close());

  const clientOf = async (tenantId: unknown, claims: object = {}) =>
    service.client.with(await toToken({ tenantId, ...claims }));

  test.each([
    ['one tenant', 'one', [ONE]],
    ['one tenant without events', 'nobody', []],
    ['several tenants, of which some have events', ['two', 'nobody', 'one', 'one'], [ONE, TWO]],
    ['a tenant whose id differs only by case', ['upper', 'ONE'], []],
    ['every tenant', '*', [UPPER, ONE, TWO]],
    ['every tenant among others', ['one', '*'], [UPPER, ONE, TWO]],
  ])('are those of its token for %s, by id', async (_what, claim, expected) => {
    const client = await clientOf(claim);
    expect((await client.data(TENANTS)).viewer.tenants).toEqual(expected);
  });

  test('are the same whichever of them the request names, and none for another one', async () => {
    const client = await clientOf(['one', 'two']);
    expect((await client.as('two').data(TENANTS)).viewer.tenants).toEqual([ONE, TWO]);
    const { data, errors } = await client.as('Upper').request(TENANTS);
    expect([data, errors?.map(({ extensions }) => extensions.code)]).toEqual([null, ['FORBIDDEN']]);
    const unusable = await (await clientOf(undefined)).request(TENANTS);
    expect(unusable.errors?.map(({ extensions }) => extensions.code)).toEqual(['FORBIDDEN']);
  });

  test('are listed with any scope, and whose request it is has to be named only where that is asked', async () => {
    const client = await clientOf(['one', 'two'], { scope: 'other', sub: 'me' });
    const { viewer } = await client.data('{ viewer { subject scopes tenants { tenantId } } }');
    expect(viewer).toEqual({
      subject: 'me',
      scopes: [],
      tenants: [{ tenantId: 'one' }, { tenantId: 'two' }],
    });
    const { data, errors } = await client.request('{ viewer { tenantId tenants { tenantId } } }');
    expect([data, errors?.map(({ extensions }) => extensions.code)]).toEqual([null, ['TENANT_REQUIRED']]);
    expect(errors?.[0].path).toEqual(['viewer', 'tenantId']);
  });

  test('are read by a statement that names them, and no other tenant', async () => {
    const client = await clientOf(['one', 'nobody']);
    statements.length = 0;
    await client.data(TENANTS);
    expect(statements).toHaveLength(1);
    expect(JSON.stringify(statements)).toContain('nobody');
    expect(JSON.stringify(statements)).not.toMatch(/two|Upper/);
  });

  test('are the same over WebSocket', async () => {
    const wire = new WireClient({ url: service.url, token: await toToken({ tenantId: ['two', 'Upper'] }) });
    const { body } = await wire.ask('WebSocket', TENANTS);
    await wire.close();
    expect(JSON.parse(body).data.viewer.tenants).toEqual([UPPER, TWO]);
  });
});

describe('the tenants of an open server', () => {
  let service: OpenService;
  beforeAll(async () => {
    service = await startOpenService('postgres');
  });
  afterAll(() => service.close());

  test('are all that have events, whether one is named or not; the first 1,000', async () => {
    expect((await service.client.data(TENANTS)).viewer.tenants).toEqual([]);
    await fill(service, undefined);
    for (const client of [service.client, service.client.as('one'), service.client.as('nobody')]) {
      expect((await client.data(TENANTS)).viewer.tenants).toEqual([UPPER, ONE, TWO]);
    }
    await service.database.acrossTenants.write((transaction) =>
      run(
        transaction,
        sql`insert into tenants (tenant_id, head) select 'more-' || n, 1 from generate_series(1000, 1999) as n`,
      ),
    );
    const { tenants } = (await service.client.data(TENANTS)).viewer;
    expect([tenants.length, tenants.at(-1).tenantId]).toEqual([1000, 'more-1998']);
  });
});
