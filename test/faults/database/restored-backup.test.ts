import { afterEach, expect, test } from 'vitest';
import { subscribeOver, TRANSPORTS, type Transport } from '../../support/clients/transports.ts';
import {
  copyTestDatabase,
  createTestDatabase,
  describeOnEachDatabase,
  type TestDatabase,
} from '../../support/databases/databases.ts';
import { runEvent } from '../../support/events/events.ts';
import { positionOf, startAfter } from '../../support/events/log-cursor.ts';
import { startTestService, type TestService } from '../../support/services/service.ts';

const TENANT = 'restored';
const EVENTS =
  'subscription ($after: String) { eventStored(after: $after) { cursor event { position eventId } } }';

describeOnEachDatabase('a service on a restored backup', (kind) => {
  const used: { close(): Promise<void> }[] = [];
  afterEach(async () => {
    for (const each of used.splice(0).reverse()) await each.close();
  });

  const startOn = async (database: TestDatabase): Promise<TestService> => {
    const service = await startTestService(kind, {}, database);
    return { ...service, client: service.client.as(TENANT) };
  };
  const keep = (database: TestDatabase) => {
    used.push({ close: () => database.drop() });
    return database;
  };

  /**
   * Stores `kept`, takes a backup, stores `lost`, and restores the backup. Returns the cursor of
   * each event before the restore, and a service on the restored database.
   */
  const restore = async (kept: object[], lost: object[]) => {
    const database = keep(await createTestDatabase(kind));
    const first = await startOn(database);
    await first.client.ingest(...kept);
    await first.close();
    const backup = keep(await copyTestDatabase(database));
    const second = await startOn(database);
    if (lost.length > 0) await second.client.ingest(...lost);
    const cursors = await readCursors(second);
    await second.close();
    const service = await startOn(backup);
    used.push(service);
    return { service, cursors };
  };

  const readCursors = async ({ client }: TestService): Promise<string[]> => {
    const { events } = await client.data(
      '{ events(first: 100, orderBy: [{ field: POSITION, direction: ASC }]) { nodes { cursor } } }',
    );
    return events.nodes.map(({ cursor }: { cursor: string }) => cursor);
  };

  /** Resumes with a cursor. Returns the code of the refusal, or the delivered positions. */
  const resume = async ({ client }: TestService, after: string | undefined, transport: Transport = 'SSE') => {
    const live = subscribeOver(transport, client, EVENTS, { after });
    await live.until(({ received, completed, error }) => received.length > 0 || completed || Boolean(error));
    await live.close();
    const [first] = live.received;
    const code = first?.errors?.[0].extensions.code ?? toCode(live.error);
    return code ?? live.received.map((result) => result.eventStored.event.position);
  };
  const toCode = (error: unknown) =>
    Array.isArray(error) ? (error[0].extensions.code as string) : undefined;
  const newEvents = (count: number) => Array.from({ length: count }, () => runEvent(TENANT));

  test.each(TRANSPORTS)(
    'refuses the cursor of a lost event, even when a new event has its position (%s)',
    async (transport) => {
      const { service, cursors } = await restore(newEvents(2), newEvents(2));
      expect(await resume(service, cursors[3], transport)).toBe('BAD_CURSOR');
      await service.client.ingest(...newEvents(5));
      expect(await resume(service, cursors[2], transport)).toBe('BAD_CURSOR');
      expect(await resume(service, cursors[3], transport)).toBe('BAD_CURSOR');
      const { headPosition } = (await service.client.data('{ eventLog { headPosition } }')).eventLog;
      expect(headPosition).toBe(7);
    },
  );

  test('continues after a cursor that is not newer than the backup, without a gap', async () => {
    const { service, cursors } = await restore(newEvents(2), newEvents(2));
    await service.client.ingest(...newEvents(1));
    expect(await resume(service, cursors[0])).toContain(2);
    expect(await resume(service, cursors[1])).toEqual([3]);
    expect(await resume(service, startAfter(TENANT).after)).toContain(1);
  });

  test('continues after the lost events once all of them are stored again, in any order', async () => {
    const lost = newEvents(3);
    const { service, cursors } = await restore(newEvents(1), lost);
    const [a, b, c] = lost;
    await service.client.ingest(b);
    expect(await resume(service, cursors[1]), 'b instead of a').toBe('BAD_CURSOR');
    await service.client.ingest(a);
    await service.client.ingest(c, ...newEvents(1));
    expect(await resume(service, cursors[1]), 'b is at the position of a').toBe('BAD_CURSOR');
    expect(await resume(service, cursors[2]), 'a and b are in the log').toContain(4);
    expect(await resume(service, cursors[3])).toEqual([5]);
  });

  test('refuses a cursor after an event that is stored again, if another event is missing before it', async () => {
    const [a, b, c] = newEvents(3);
    const { service, cursors } = await restore([a ?? {}], [b ?? {}, c ?? {}]);
    await service.client.ingest(...newEvents(1), c, b);
    expect(await resume(service, cursors[2]), 'c has its position again, b comes later').toBe('BAD_CURSOR');
  });

  test('refuses `eventLog.headCursor` of the lost log', async () => {
    const database = keep(await createTestDatabase(kind));
    const backup = keep(await copyTestDatabase(database));
    const first = await startOn(database);
    await first.client.ingest(...newEvents(3));
    const { headCursor } = (await first.client.data('{ eventLog { headCursor } }')).eventLog;
    await first.close();
    const service = await startOn(backup);
    used.push(service);
    await service.client.ingest(...newEvents(4));
    expect(positionOf(TENANT, headCursor)).toBe(3);
    expect(await resume(service, headCursor)).toBe('BAD_CURSOR');
  });

  test('continues after a cursor of an older version, which has no checksum', async () => {
    const { service } = await restore(newEvents(3), []);
    expect(await resume(service, startAfter(TENANT, 2).after)).toEqual([3]);
  });
});
