import { expect, test } from 'vitest';
import { change, rebuild, store } from '../rebuild/rows.ts';
import { createTestDatabase, describeOnEachDatabase } from '../support/databases/databases.ts';
import { keepOpen, letGo, useDatabase } from '../support/databases/kept-open.ts';
import { takeTurns } from '../support/databases/take-turns.ts';
import { runEvent } from '../support/events/events.ts';
import { insertQuarantined, listQuarantined, retryQuarantined } from '../support/events/quarantine.ts';
import { startTestService } from '../support/services/service.ts';

const TENANT = 'one';
/** The problem that older code gave to copies whose bytes differed. */
const PROBLEMS = [{ code: 'ID_CONFLICT', message: 'Another event with this identity is stored.', path: '' }];
/** The log as older code wrote it: its hash was over the whole item. */
const OLDER = [
  `update events set content_hash = 'abcdefghijklmnopqrstuvwxyz123456'`,
  'update tenants set projection_version = 1',
];

const event = runEvent(
  TENANT,
  { id: 'run', title: 'first' },
  {
    ...{ id: 'event', time: '2026-03-01T10:00:00.000Z' },
    ...{ datacontenttype: 'application/json', traceparent: 'a' },
  },
);
const { id, source, type, time, data, toplevelresourceid } = event;
const audit = { eventId: id, source, eventType: type, eventTime: time, data, tenantId: TENANT };

const COPIES: Record<string, object> = {
  'another traceparent': { ...event, traceparent: 'b', tracestate: 'c', sequence: '1' },
  'another spelling of the time': { ...event, time: '2026-03-01T10:00:00Z' },
  'a parameter in datacontenttype': { ...event, datacontenttype: 'application/json; charset=utf-8' },
  'a namespace in the type': { ...event, type: 'com.qlik.workflows.automation.run.ended' },
  'null beside what it says': { ...event, spaceid: null, extensions: null },
  'the audit item': {
    ...audit,
    ...{ id: 'item', links: { self: { href: '/' } }, extensions: { topLevelResourceId: toplevelresourceid } },
  },
  'the archived audit item': audit,
};
const OTHERS: Record<string, object> = {
  'other data': { ...event, data: { id: 'run', title: 'second' } },
  'another instant': { ...event, time: '2026-03-01T10:00:00.001Z' },
  'another user': { ...event, userid: 'another' },
};

describeOnEachDatabase('copies that older code quarantined as conflicts', (kind) => {
  test.each(takeTurns(kind, [false, true]))(
    'are duplicates for a retry and leave; conflicts stay (after a rebuild: %s)',
    {
      timeout: 120_000,
    },
    async (isRebuilt) => {
      const database = await createTestDatabase(kind);
      keepOpen(database);
      await store(database, [{ ...event, userid: 'user' }]);
      await change(database, ...OLDER);
      const items = [...Object.values(COPIES), ...Object.values(OTHERS)];
      await useDatabase(database, (opened) =>
        insertQuarantined(
          opened,
          items.map((raw) => ({ tenantId: TENANT, raw, problems: PROBLEMS })),
        ),
      );
      if (isRebuilt) await rebuild(database);
      await letGo(database);
      const service = await startTestService(kind, {}, database);
      const client = service.client.as(TENANT);
      expect((await listQuarantined(client)).nodes.map(({ problems }) => problems[0]?.code)).toEqual(
        Array(10).fill('ID_CONFLICT'),
      );

      const { receipts, ...counts } = await retryQuarantined(client);
      const outcomes = receipts.map(({ outcome, position }: Record<string, unknown>) => [outcome, position]);
      expect(outcomes).toEqual([...Array(7).fill(['DUPLICATE', 1]), ...Array(3).fill(['CONFLICT', 1])]);
      expect(counts).toMatchObject({ stored: 0, duplicates: 7, conflicts: 3, quarantined: 0 });
      const { nodes } = await listQuarantined(client);
      expect(nodes.map(({ raw }) => raw)).toEqual(Object.values(OTHERS));
      const { eventLog, automationRuns } = await client.data(
        '{ eventLog { headPosition } automationRuns { nodes { title } } }',
      );
      expect([eventLog.headPosition, automationRuns.nodes]).toEqual([1, [{ title: 'first' }]]);
      await service.close();
      await database.drop();
    },
  );
});
