import { afterAll, beforeAll, expect, test } from 'vitest';
import { describeOnOneDatabase } from '../../support/databases/databases.ts';
import { runEvent } from '../../support/events/events.ts';
import { newTenant } from '../../support/events/tenants.ts';
import { startTestService, type TestService } from '../../support/services/service.ts';
import { sendRaw } from '../../support/sockets/raw-http.ts';

const MAX_BODY_BYTES = 20_000;
const MAX_EVENT_BYTES = 2_000;
const MUTATION =
  'mutation ($events: [JSON!]!) { ingestEvents(input: { events: $events }) { stored receipts { errors { code } } } }';

describeOnOneDatabase('the limits of ingest', (kind) => {
  let service: TestService;
  beforeAll(async () => {
    service = await startTestService(kind, {
      MAX_BATCH: '3',
      MAX_BODY_BYTES: String(MAX_BODY_BYTES),
      MAX_EVENT_BYTES: String(MAX_EVENT_BYTES),
    });
  });
  afterAll(() => service.close());

  /** A request body of exactly so many bytes. */
  function toBody(bytes: number): string {
    const body = JSON.stringify({ query: MUTATION, variables: { events: [runEvent(newTenant())] } });
    return body + ' '.repeat(bytes - body.length);
  }

  const head =
    'POST /graphql HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nConnection: close\r\n';
  const framings: [name: string, toRequest: (body: string) => string][] = [
    ['with a content-length', (body) => `${head}Content-Length: ${body.length}\r\n\r\n${body}`],
    [
      'in chunks',
      (body) => {
        const chunks = body.match(/.{1,1000}/gs) ?? [];
        const frames = chunks.map((chunk) => `${chunk.length.toString(16)}\r\n${chunk}\r\n`);
        return `${head}Transfer-Encoding: chunked\r\n\r\n${frames.join('')}0\r\n\r\n`;
      },
    ],
  ];
  for (const [name, toRequest] of framings) {
    test(`a body ${name} may have MAX_BODY_BYTES`, async () => {
      const answer = await sendRaw(service.url, toRequest(toBody(MAX_BODY_BYTES)));
      expect(answer.status).toBe(200);
      expect(answer.text).toContain('"stored":1');
    });

    test(`a body ${name} of one byte more is answered with 413`, async () => {
      const answer = await sendRaw(service.url, toRequest(toBody(MAX_BODY_BYTES + 1)));
      expect(answer.status).toBe(413);
    });
  }

  test('a body whose announced length is over the limit is refused before it is sent', async () => {
    const answer = await sendRaw(service.url, `${head}Content-Length: ${MAX_BODY_BYTES + 1}\r\n\r\n{`);
    expect(answer.status).toBe(413);
  });

  test('an event may have MAX_EVENT_BYTES of JSON in UTF-8 and not one more', async () => {
    const toEvent = (bytes: number) => {
      const event = runEvent(newTenant(), { title: 'ä' });
      const rest = bytes - Buffer.byteLength(JSON.stringify(event));
      return { ...event, data: { ...(event.data as object), title: `ä${'x'.repeat(rest)}` } };
    };
    const { receipts } = await service.client.ingest(toEvent(MAX_EVENT_BYTES), toEvent(MAX_EVENT_BYTES + 1));
    expect(receipts).toMatchObject([
      { outcome: 'STORED', errors: [] },
      { outcome: 'REJECTED', errors: [{ code: 'TOO_LARGE' }] },
    ]);
  });

  test('a batch may have MAX_BATCH events and not one more', async () => {
    const events = Array.from({ length: 4 }, () => runEvent(newTenant()));
    const allowed = await service.client.request(MUTATION, { events: events.slice(1) });
    expect(allowed.data.ingestEvents.stored).toBe(3);
    const { data, errors } = await service.client.request(MUTATION, { events });
    expect({ data, code: errors?.[0].extensions.code }).toEqual({ data: null, code: 'BATCH_TOO_LARGE' });
    expect(errors?.[0].message).toContain('3');
  });
});
