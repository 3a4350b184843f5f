import { setTimeout as sleep } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, onTestFinished } from 'vitest';
import { Leaver, WAYS_TO_LEAVE } from '../support/clients/leaver.ts';
import { SseSubscription } from '../support/clients/sse-subscription.ts';
import { TRANSPORTS } from '../support/clients/transports.ts';
import { runEvent } from '../support/events/events.ts';
import { IS_FULL } from '../support/run/dose.ts';
import { type OpenService, startOpenService } from '../support/services/open-service.ts';
import { waitUntil } from '../support/wait-until.ts';
import { faultTest } from './scenario.ts';

const TENANT = 'one';
const EVENTS = 'subscription { eventStored { cursor event { position } } }';
const WAVE = 20;
const SEATS = 60;
/** One in so many falls silent, which only a WebSocket can without being sent anything. */
const SILENT_EVERY = 10;
/** A server waits so long for the answer to its closing handshake. */
const HANDSHAKE_MS = 30_000;
/**
 * It is a matter of milliseconds once the server has had its turn, which on a busy machine takes
 * its time.
 */
const SETTLED_MS = 30_000;

type Stock = ReturnType<typeof takeStock>;

/** What the process holds: of the clients nothing is left when this is taken. */
function takeStock({ feed }: OpenService) {
  const resources = process.getActiveResourcesInfo();
  const count = (type: string) => resources.filter((resource) => resource === type).length;
  return {
    waiting: feed.waiting,
    sockets: count('TCPSocketWrap'),
    requests: count('HTTPINCOMINGMESSAGE') + count('HTTPCLIENTREQUEST'),
    timers: count('Timeout'),
  };
}

function readHeapMb(): number {
  setFlagsFromString('--expose-gc');
  const gc = runInNewContext('gc') as () => void;
  gc();
  gc();
  return process.memoryUsage().heapUsed / 1024 / 1024;
}

faultTest(
  'clients that connect, subscribe and are gone leave nothing behind',
  { short: 100, full: 2_000 },
  async ({ times, random, show }) => {
    const service = await startOpenService('pglite', {
      SLOW_CLIENT_SECONDS: '1',
      MAX_SUBSCRIPTIONS: String(SEATS),
      MAX_CONNECTIONS: String(SEATS),
    });
    onTestFinished(() => service.close());
    const comeAndGo = async (count: number) => {
      const silent: Leaver[] = [];
      for (let done = 0; done < count; done += WAVE) {
        await Promise.all(
          Array.from({ length: WAVE }, async (_, index) => {
            const isSilent = index % SILENT_EVERY === 0;
            const way = isSilent ? 'silence' : (WAYS_TO_LEAVE[random.below(2)] ?? 'FIN');
            const transport = isSilent ? 'WebSocket' : (TRANSPORTS[index % 2] ?? 'SSE');
            const leaver = new Leaver(transport, service.url, TENANT, EVENTS);
            // From before the server has read a byte to long after it has begun.
            await sleep(random.below(40));
            leaver.leave(way);
            if (isSilent) silent.push(leaver);
          }),
        );
        // Some while something is delivered, and not all seats at once.
        await service.client.ingest(runEvent(TENANT));
        await waitUntil(() => service.feed.waiting < SEATS / 2);
      }
      await waitUntil(
        () => service.feed.waiting === 0,
        5_000,
        () => `${service.feed.waiting} still wait`,
      );
      return silent;
    };
    const settle = async (expected: Stock) => {
      const keys = Object.keys(expected) as (keyof Stock)[];
      await waitUntil(
        () => {
          const now = takeStock(service);
          return keys.every((key) => now[key] <= expected[key]);
        },
        SETTLED_MS,
        () => JSON.stringify({ stock: takeStock(service), expected }),
      );
    };

    await service.client.ingest(runEvent(TENANT));
    const before = takeStock(service);
    // Connections that are kept alive for the next request.
    before.sockets += 2;
    // What is made once, at the first time, is no leak of memory.
    for (const leaver of await comeAndGo(IS_FULL ? 400 : 60)) leaver.destroy();
    await settle(before);
    const heapBefore = readHeapMb();
    const silent = await comeAndGo(times);
    if (IS_FULL) {
      // The server gives their sockets up without a word from them.
      const mine = silent.length;
      await waitUntil(
        () => takeStock(service).sockets <= before.sockets + mine,
        HANDSHAKE_MS + 5_000,
        () => JSON.stringify({ stock: takeStock(service), before, mine }),
      );
    }
    for (const leaver of silent) leaver.destroy();
    await settle(before);
    const heapAfter = readHeapMb();
    show({ stock: before, heapBefore: heapBefore.toFixed(1), heapAfter: heapAfter.toFixed(1) });
    expect(heapAfter - heapBefore).toBeLessThan(10);

    const live = Array.from({ length: SEATS }, () => new SseSubscription(service.url, TENANT, EVENTS));
    await waitUntil(
      () => service.feed.waiting === SEATS,
      5_000,
      () => 'not every seat is free',
    );
    await Promise.all(live.map((one) => one.close()));
  },
);
