import { setTimeout as sleep } from 'node:timers/promises';
import { expect, onTestFinished } from 'vitest';
import { faultTest } from '../faults/scenario.ts';
import { createTestDatabase } from '../support/databases/databases.ts';
import { ServerProcess } from '../support/processes/server-process.ts';
import { readStored } from '../support/relay/read-stored.ts';
import { newSpoolDirectory, RelayProcess, untilSent } from '../support/relay/test-relay.ts';
import { WebhookSender } from '../support/relay/webhook-sender.ts';
import { toDose } from '../support/run/dose.ts';
import { findFreePort } from '../support/sockets/free-port.ts';
import { waitUntil } from '../support/wait-until.ts';

const WEBHOOKS = toDose({ short: 600, full: 10_000 });
const CONNECTIONS = 32;

faultTest(
  'the service and the relay killed while webhooks arrive: every delivery answered with 204 is stored once, without gaps',
  { short: 1, full: 5 },
  async ({ times, random, show }) => {
    const database = await createTestDatabase('postgres');
    const directory = newSpoolDirectory();
    const port = String(await findFreePort());
    const startService = () => ServerProcess.start(database, { PORT: port });
    const startRelay = () =>
      new RelayProcess(directory, {
        API_URL: `http://127.0.0.1:${port}/graphql`,
        LOG_LEVEL: 'debug',
      }).ready();
    let service = await startService();
    onTestFinished(() => service[Symbol.asyncDispose]());
    let relay = await startRelay();
    const sender = new WebhookSender(CONNECTIONS);
    onTestFinished(() => sender.close());
    sender.url = relay.url;
    const sending = sender.sendUntil(WEBHOOKS);

    /** Waits until a share of the webhooks is accepted, and a random moment longer. */
    const untilShare = async (share: number) => {
      await waitUntil(() => sender.accepted.size >= WEBHOOKS * share, 300_000);
      await sleep(random.below(100));
    };
    for (let time = 0; time < times; time += 1) {
      await untilShare((time + 0.3) / times);
      expect(await relay.stop('SIGKILL')).toBe('SIGKILL');
      relay = await startRelay();
      sender.url = relay.url;
      await untilShare((time + 0.6) / times);
      expect(await service.stop('SIGKILL')).toBe('SIGKILL');
      service = await startService();
    }
    await sending;
    await untilSent(relay.url, 120_000);
    const stored = await readStored(service.client.as('one'));
    expect(stored.map(({ position }) => position)).toEqual(stored.map((_, index) => index + 1));
    const ids = stored.map(({ eventId }) => eventId);
    expect(new Set(ids).size, 'events stored twice').toBe(ids.length);
    expect(
      [...sender.accepted].filter((id) => !ids.includes(id)),
      'accepted events that are lost',
    ).toEqual([]);
    expect(ids).toHaveLength(WEBHOOKS);
    show({ webhooks: WEBHOOKS, answers: Object.fromEntries(sender.answers) });
    expect(sender.answers.get(0), 'some were cut off').toBeGreaterThan(0);
    expect(relay.stderr).toBe('');
    expect(await relay.stop()).toBe(0);
    expect(await service.stop()).toBe(0);
    await database.drop();
  },
);
