import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { type Feed, openFeed } from '../../src/feed/open-feed.ts';
import type { WakeUpListener } from '../../src/store/database/database.ts';
import { describeOnEachDatabase } from '../support/databases/databases.ts';
import { wrapAccess } from '../support/databases/wrap-access.ts';
import { runEvent } from '../support/events/events.ts';
import { LOG_START } from '../support/events/log-cursor.ts';
import { newTenant } from '../support/events/tenants.ts';
import { type OpenService, startOpenService } from '../support/services/open-service.ts';
import { waitUntil } from '../support/wait-until.ts';

const SETTLE_MS = 50;

// The feed does not poll here and receives no hints but these: what they do not bring does
// not come at all.
describeOnEachDatabase('a hint that a log has grown', (kind) => {
  let service: OpenService;
  let feed: Feed;
  let hint: WakeUpListener;
  let look: () => void;
  let reads: number;
  let held: (() => void)[];
  let isHolding: boolean;

  beforeAll(async () => {
    service = await startOpenService(kind);
  });
  afterAll(async () => {
    await service.close();
  });
  beforeEach(() => {
    reads = 0;
    held = [];
    isHolding = false;
    const wakeUps = {
      send: () => undefined,
      onWake: (listener: WakeUpListener) => {
        hint = listener;
      },
    };
    const watched = wrapAccess(service.database, ({ read, write }) => ({
      read: async (work) => {
        reads += 1;
        const result = await read(work);
        if (isHolding) await new Promise<void>((resolve) => held.push(resolve));
        return result;
      },
      write,
    }));
    const timers = vi.spyOn(globalThis, 'setInterval').mockImplementationOnce((callback) => {
      look = callback;
      return undefined as unknown as NodeJS.Timeout;
    });
    feed = openFeed({ ...watched, wakeUps });
    timers.mockRestore();
    return () => feed[Symbol.asyncDispose]();
  });

  const send = (tenantId: string, count = 1) =>
    service.client.ingest(...Array.from({ length: count }, () => runEvent(tenantId)));
  /** Follows a log; gives the positions that have come. */
  const follow = (tenantId: string, after: number): number[] => {
    const positions: number[] = [];
    void (async () => {
      for await (const position of feed.follow(
        tenantId,
        { position: after, checksum: null },
        { pick: (entry) => entry.position },
      ))
        positions.push(position);
    })();
    return positions;
  };
  /** Follows a log of one event until it is at its end. */
  const followFirst = async (tenantId: string): Promise<number[]> => {
    await send(tenantId);
    const positions = follow(tenantId, 0);
    await waitUntil(() => positions.length === 1);
    await sleep(SETTLE_MS);
    return positions;
  };
  /** Rows that are read from now on reach no subscriber until they are released. */
  const hold = () => {
    isHolding = true;
  };
  const letGo = () => {
    isHolding = false;
    for (const go of held.splice(0)) go();
  };

  test('costs one statement for a log that is followed, and none for another', async () => {
    const [followed, quiet] = [newTenant(), newTenant()];
    const positions = await followFirst(followed);
    const others = await followFirst(quiet);
    reads = 0;
    for (let count = 2; count <= 5; count += 1) {
      await send(followed);
      hint([followed]);
      await waitUntil(() => positions.length === count);
    }
    await sleep(SETTLE_MS);
    expect(reads).toBe(4);
    hint([newTenant(), newTenant()]);
    await sleep(SETTLE_MS);
    expect(reads).toBe(4);
    expect(others).toEqual([1]);
  });

  test('is not lost while the end of the log is being read for the first time', async () => {
    const tenantId = newTenant();
    hold();
    const positions = follow(tenantId, 0);
    await waitUntil(() => held.length === 1);
    await send(tenantId);
    hint([tenantId]);
    await sleep(SETTLE_MS);
    letGo();
    await waitUntil(() => positions.length === 1);
    expect(positions).toEqual([1]);
  });

  test('is not answered with what a look has read before it', async () => {
    const tenantId = newTenant();
    const positions = await followFirst(tenantId);
    await send(tenantId);
    hold();
    look();
    // The head, and then the page.
    await waitUntil(() => held.length === 1);
    held.pop()?.();
    await waitUntil(() => held.length === 1);
    await send(tenantId);
    hint([tenantId]);
    await sleep(SETTLE_MS);
    letGo();
    await waitUntil(() => positions.length === 3);
    expect(positions).toEqual([1, 2, 3]);
  });

  test('is not lost while what another one has told of is being read', async () => {
    const tenantId = newTenant();
    const positions = await followFirst(tenantId);
    hold();
    await send(tenantId);
    hint([tenantId]);
    await waitUntil(() => held.length === 1);
    await send(tenantId);
    hint([tenantId]);
    await sleep(SETTLE_MS);
    letGo();
    await waitUntil(() => positions.length === 3);
    expect(positions).toEqual([1, 2, 3]);
  });

  test.each(['the tenant', 'nobody'])(
    'that named %s is made up for when nobody followed the log',
    async (who) => {
      const tenantId = newTenant();
      await send(tenantId);
      const stream = feed.follow(tenantId, LOG_START, { pick: (entry) => entry.position });
      expect(await stream.next()).toEqual({ done: false, value: 1 });
      const end = stream.next();
      await sleep(SETTLE_MS);
      await stream.return?.();
      await end;
      await send(tenantId);
      hint(who === 'nobody' ? undefined : [tenantId]);
      await sleep(SETTLE_MS);
      const positions = follow(tenantId, 1);
      await waitUntil(() => positions.length === 1);
      expect(positions).toEqual([2]);
    },
  );

  test('brings more than one page', async () => {
    const tenantId = newTenant();
    const positions = await followFirst(tenantId);
    await send(tenantId, 250);
    hint([tenantId]);
    await waitUntil(() => positions.length === 251);
    expect(positions).toEqual(Array.from({ length: 251 }, (_, index) => index + 1));
  });
});
