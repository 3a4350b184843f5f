import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, onTestFinished } from 'vitest';
import { GraphqlClient } from '../support/clients/graphql-client.ts';
import { followWithLibrary } from '../support/clients/library-followers.ts';
import { TRANSPORTS } from '../support/clients/transports.ts';
import { startPostgres } from '../support/databases/start-postgres.ts';
import { runEvent } from '../support/events/events.ts';
import { ServerProcess } from '../support/processes/server-process.ts';
import { IS_FULL } from '../support/run/dose.ts';
import { waitUntil } from '../support/wait-until.ts';
import { faultTest } from './scenario.ts';

const TENANT = 'one';
const CLIENTS = IS_FULL ? 50 : 8;
const BATCH = 20;
const PAUSE_MS = 25;

faultTest(
  `${CLIENTS} clients over graphql-ws and graphql-sse follow every event while PostgreSQL is restarted and two servers are killed in turn`,
  { short: 600, full: 20_000 },
  async ({ times: total, random, show }) => {
    const folder = mkdtempSync(join(tmpdir(), 'qlik-event-graph-followers-'));
    // As root, PostgreSQL runs as another user.
    chmodSync(folder, 0o755);
    const postgres = await startPostgres(join(folder, 'postgres'));
    const location = { databaseUrl: postgres.url, dataDir: '' };
    const start = () => ServerProcess.start(location);
    const servers = [await start(), await start()];
    onTestFinished(async () => {
      for (const server of servers) await server[Symbol.asyncDispose]();
      await postgres.stop();
      rmSync(folder, { recursive: true, force: true });
    });
    const toUrl = () => {
      const living = servers.filter(({ ended }) => ended === undefined);
      return living[random.below(living.length)]?.url ?? 'http://127.0.0.1:1';
    };
    const followers = Array.from({ length: CLIENTS }, (_, index) =>
      followWithLibrary(TRANSPORTS[index % 2] ?? 'SSE', TENANT, toUrl),
    );
    onTestFinished(async () => {
      await Promise.all(followers.map((follower) => follower.close()));
    });

    let sent = 0;
    const send = async () => {
      const events = Array.from({ length: Math.min(BATCH, total - sent) }, () => runEvent(TENANT));
      // The same again until it is answered, as a relay does.
      for (;;) {
        try {
          await new GraphqlClient(toUrl(), TENANT).ingest(...events);
          sent += events.length;
          return;
        } catch {
          await sleep(50);
        }
      }
    };
    const sending = (async () => {
      for (; sent < total; await sleep(PAUSE_MS)) await send();
    })();
    const kill = async (victim: number) => {
      await servers[victim]?.stop('SIGKILL');
      await sleep(random.below(500));
      servers[victim] = await start();
    };
    const faults = [
      () => kill(0),
      () => postgres.restart('fast'),
      () => kill(1),
      ...(IS_FULL ? [() => postgres.restart('immediate'), () => kill(0), () => kill(1)] : []),
    ];
    for (const [index, fault] of faults.entries()) {
      await waitUntil(() => sent >= (total * (index + 1)) / (faults.length + 2), 600_000);
      await fault();
    }
    await sending;
    const startedAt = performance.now();
    await waitUntil(
      () => followers.every(({ positions }) => positions.length >= total),
      120_000,
      () =>
        `${followers.map(({ positions }) => positions.length)} of ${total}; ${JSON.stringify(followers.flatMap(({ errors }) => errors))}`,
    );
    const caughtUpMs = Math.round(performance.now() - startedAt);
    // Nothing comes twice, later either.
    await sleep(500);
    const expected = Array.from({ length: total }, (_, index) => index + 1);
    for (const { positions, errors } of followers) {
      expect(errors).toEqual([]);
      expect(positions).toEqual(expected);
    }
    const reconnects = followers.reduce((sum, { connects }) => sum + connects - 1, 0);
    show({ events: total, clients: CLIENTS, faults: faults.length, reconnects, caughtUpMs });
    expect(reconnects, 'they were there when servers were killed').toBeGreaterThan(0);
  },
);
