import { afterAll, beforeAll, expect, test } from 'vitest';
import { subscribeOver, TRANSPORTS, type Transport } from '../../support/clients/transports.ts';
import {
  copyTestDatabase,
  createTestDatabase,
  describeOnEachDatabase,
  type TestDatabase,
} from '../../support/databases/databases.ts';
import { runEvent } from '../../support/events/events.ts';
import { positionOf, startAfter } from '../../support/events/log-cursor.ts';
import { newTenant } from '../../support/events/tenants.ts';
import { startTestService, type TestService } from '../../support/services/service.ts';

const EVENTS =
  'subscription ($after: String) { eventStored(after: $after) { cursor event { position eventId } } }';

/** The log of a tenant of its own: the events before the backup, and those after it. */
interface Log {
  tenant: string;
  kept: object[];
  lost: object[];
  /** The cursor of each event before the restore, and of the head. */
  cursors: string[];
  headCursor: string;
}

function newLog(kept: number, lost: number): Log {
  const tenant = newTenant();
  const toEvents = (count: number) => Array.from({ length: count }, () => runEvent(tenant));
  return { tenant, kept: toEvents(kept), lost: toEvents(lost), cursors: [], headCursor: '' };
}

describeOnEachDatabase('a service on a restored backup', (kind) => {
  /** One for each test. */
  const logs = {
    WebSocket: newLog(2, 2),
    SSE: newLog(2, 2),
    older: newLog(2, 2),
    again: newLog(1, 3),
    missing: newLog(1, 2),
    head: newLog(0, 3),
    unchecked: newLog(3, 0),
  };
  let service: TestService;
  let databases: TestDatabase[];

  /** Stores `kept`, takes a backup, stores `lost`, and starts a service on the restored backup. */
  beforeAll(async () => {
    const database = await createTestDatabase(kind);
    const first = await startTestService(kind, {}, database);
    await store(first, 'kept');
    await first.close();
    const backup = await copyTestDatabase(database);
    databases = [database, backup];
    const second = await startTestService(kind, {}, database);
    await store(second, 'lost');
    for (const log of Object.values(logs)) Object.assign(log, await readCursors(second, log));
    await second.close();
    service = await startTestService(kind, {}, backup);
  });
  afterAll(async () => {
    await service.close();
    for (const database of databases) await database.drop();
  });

  const store = async ({ client }: TestService, part: 'kept' | 'lost') => {
    for (const { tenant, [part]: events } of Object.values(logs))
      if (events.length > 0) await client.as(tenant).ingest(...events);
  };

  const readCursors = async ({ client }: TestService, { tenant }: Log) => {
    const { events, eventLog } = await client
      .as(tenant)
      .data(
        '{ events(first: 100, orderBy: [{ field: POSITION, direction: ASC }]) { nodes { cursor } } eventLog { headCursor } }',
      );
    const cursors = events.nodes.map(({ cursor }: { cursor: string }) => cursor);
    return { cursors, headCursor: eventLog.headCursor };
  };

  const clientOf = ({ tenant }: Log) => service.client.as(tenant);

  /** Resumes with a cursor. Returns the code of the refusal, or the delivered positions. */
  const resume = async (log: Log, after: string | undefined, transport: Transport = 'SSE') => {
    const live = subscribeOver(transport, clientOf(log), EVENTS, { after });
    await live.until(({ received, completed, error }) => received.length > 0 || completed || Boolean(error));
    await live.close();
    const [first] = live.received;
    const code = first?.errors?.[0].extensions.code ?? toCode(live.error);
    return code ?? live.received.map((result) => result.eventStored.event.position);
  };
  const toCode = (error: unknown) =>
    Array.isArray(error) ? (error[0].extensions.code as string) : undefined;
  const storeNew = (log: Log, count: number) =>
    clientOf(log).ingest(...Array.from({ length: count }, () => runEvent(log.tenant)));

  test.each(TRANSPORTS)(
    'refuses the cursor of a lost event, even when a new event has its position (%s)',
    async (transport) => {
      const log = logs[transport];
      const { cursors } = log;
      expect(await resume(log, cursors[3], transport)).toBe('BAD_CURSOR');
      await storeNew(log, 5);
      expect(await resume(log, cursors[2], transport)).toBe('BAD_CURSOR');
      expect(await resume(log, cursors[3], transport)).toBe('BAD_CURSOR');
      const { headPosition } = (await clientOf(log).data('{ eventLog { headPosition } }')).eventLog;
      expect(headPosition).toBe(7);
    },
  );

  test('continues after a cursor that is not newer than the backup, without a gap', async () => {
    const { older: log } = logs;
    await storeNew(log, 1);
    expect(await resume(log, log.cursors[0])).toContain(2);
    expect(await resume(log, log.cursors[1])).toEqual([3]);
    expect(await resume(log, startAfter(log.tenant).after)).toContain(1);
  });

  test('continues after the lost events once all of them are stored again, in any order', async () => {
    const { again: log } = logs;
    const [a, b, c] = log.lost;
    const client = clientOf(log);
    await client.ingest(b);
    expect(await resume(log, log.cursors[1]), 'b instead of a').toBe('BAD_CURSOR');
    await client.ingest(a);
    await client.ingest(c, runEvent(log.tenant));
    expect(await resume(log, log.cursors[1]), 'b is at the position of a').toBe('BAD_CURSOR');
    expect(await resume(log, log.cursors[2]), 'a and b are in the log').toContain(4);
    expect(await resume(log, log.cursors[3])).toEqual([5]);
  });

  test('refuses a cursor after an event that is stored again, if another event is missing before it', async () => {
    const { missing: log } = logs;
    const [b, c] = log.lost;
    await clientOf(log).ingest(runEvent(log.tenant), c, b);
    expect(await resume(log, log.cursors[2]), 'c has its position again, b comes later').toBe('BAD_CURSOR');
  });

  test('refuses `eventLog.headCursor` of the lost log', async () => {
    const { head: log } = logs;
    await storeNew(log, 4);
    expect(positionOf(log.tenant, log.headCursor)).toBe(3);
    expect(await resume(log, log.headCursor)).toBe('BAD_CURSOR');
  });

  test('continues after a cursor of an older version, which has no checksum', async () => {
    const { unchecked: log } = logs;
    expect(await resume(log, startAfter(log.tenant, 2).after)).toEqual([3]);
  });
});
