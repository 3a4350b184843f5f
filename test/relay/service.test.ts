import { expect, onTestFinished, test } from 'vitest';
import { describeOnOneDatabase } from '../support/databases/databases.ts';
import { SECRET, toToken } from '../support/identity/tokens.ts';
import { readStored } from '../support/relay/read-stored.ts';
import { deliver, readRejected, relayEvent, startTestRelay, untilSent } from '../support/relay/test-relay.ts';
import { startTestService } from '../support/services/service.ts';

describeOnOneDatabase('a relay in front of the service', (kind) => {
  test('what is delivered is in the log, and what the service rejects is in rejected.ndjson; neither delays the other', {
    timeout: 60_000,
  }, async () => {
    const service = await startTestService(kind, { AUTH_JWT_SECRET: SECRET });
    onTestFinished(() => service.close());
    const token = await toToken({ scope: 'events:ingest' });
    const relay = await startTestRelay({ API_URL: service.url, INGEST_TOKEN: token });
    const nested = (levels: number) => `${'['.repeat(levels)}${']'.repeat(levels)}`;
    const withNested = (id: string, levels: number) =>
      JSON.stringify(relayEvent(id, { deep: 0 })).replace('"deep":0', `"deep":${nested(levels)}`);
    const deliveries = [
      relayEvent('first'),
      withNested('too deep', 80),
      { ...relayEvent('of another tenant'), tenantid: 'two' },
      // The service refuses the whole request because of this one.
      withNested('far too deep', 100_000),
      [relayEvent('second'), relayEvent('third')],
      relayEvent('first'),
    ];
    for (const delivery of deliveries) expect((await deliver(relay.url, delivery)).status).toBe(204);
    let more = 0;
    while (readRejected(relay.directory).length < 3) {
      expect((await deliver(relay.url, relayEvent(`more-${more++}`))).status).toBe(204);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    await untilSent(relay.url);
    const reader = service.client.with(await toToken());
    const stored = await readStored(reader);
    const numbers = Array.from({ length: more }, (_, number) => `more-${number}`);
    expect(stored.map(({ eventId }) => eventId)).toEqual(['first', 'second', 'third', ...numbers]);
    expect(readRejected(relay.directory).map(({ event, errors }) => [event.id, errors[0]?.code])).toEqual([
      ['too deep', 'TOO_DEEP'],
      ['of another tenant', 'FORBIDDEN_TENANT'],
      ['far too deep', expect.stringMatching(/^[A-Z_]+$/)],
    ]);
    expect(relay.log.join('')).not.toContain(token);
  });
});
