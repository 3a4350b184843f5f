import { Agent, request } from 'node:http';
import { text } from 'node:stream/consumers';
import { brotliCompressSync, constants, deflateSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { describeOnOneDatabase } from '../support/databases/databases.ts';
import { runEvent } from '../support/events/events.ts';
import { newTenant } from '../support/events/tenants.ts';
import { startTestService, type TestService } from '../support/services/service.ts';

const LIMIT = 1_000_000;
const QUERY = Buffer.from('{"query":"{ __typename }"}');
const GOOD = { status: 200, codes: [], data: { __typename: 'Query' } };

/** Posts bytes in one piece or in chunks of a given size; with `agent`, over its connections. */
function post(url: string, body: Buffer, encoding: string | undefined, chunk?: number, agent?: Agent) {
  return new Promise<{ status: number; codes: unknown[]; data: unknown; headers: NodeJS.Dict<unknown> }>(
    (resolve, reject) => {
      const headers = {
        'content-type': 'application/json',
        ...(encoding !== undefined && { 'content-encoding': encoding }),
        ...(chunk === undefined ? { 'content-length': body.length } : { 'transfer-encoding': 'chunked' }),
      };
      const sent = request(
        `${url}/graphql`,
        { method: 'POST', agent: agent ?? false, headers },
        async (response) => {
          const { data, errors } = JSON.parse(await text(response));
          const codes = (errors ?? []).map(
            ({ extensions }: { extensions: { code: string } }) => extensions.code,
          );
          resolve({ status: response.statusCode ?? 0, codes, data, headers: response.headers });
        },
      );
      sent.on('error', reject);
      const size = chunk ?? Math.max(body.length, 1);
      for (let at = 0; at < body.length; at += size) sent.write(body.subarray(at, at + size));
      sent.end();
    },
  );
}

describe('a compressed request body', () => {
  let service: TestService;
  beforeAll(async () => {
    service = await startTestService('postgres', {
      MAX_BODY_BYTES: String(LIMIT),
      MAX_QUEUE_BYTES: '4000000',
    });
  });
  afterAll(() => service.close());

  const encodings: [header: string, body: Buffer][] = [
    ['gzip', gzipSync(QUERY)],
    ['x-gzip', gzipSync(QUERY)],
    ['GZip', gzipSync(QUERY)],
    ['deflate', deflateSync(QUERY)],
    ['br', brotliCompressSync(QUERY)],
    ['identity', QUERY],
    ['Identity', QUERY],
    ['', QUERY],
    ['identity, gzip', gzipSync(QUERY)],
    ['deflate, gzip', gzipSync(deflateSync(QUERY))],
    ['br , gzip,deflate', deflateSync(gzipSync(brotliCompressSync(QUERY)))],
    ['gzip', Buffer.concat([gzipSync(QUERY.subarray(0, 9)), gzipSync(QUERY.subarray(9))])],
  ];
  test.each(encodings)('is read with Content-Encoding "%s"', async (header, body) => {
    expect(await post(service.url, body, header)).toMatchObject(GOOD);
    expect(await post(service.url, body, header, 3), 'in small chunks').toMatchObject(GOOD);
  });

  test.each(['zstd', 'compress', 'none', 'gzip, zstd', 'gzip;q=1', 'br, br, br, br, br'])(
    'is refused with 415, a code and the supported encodings for "%s"',
    async (header) => {
      const { status, codes, data, headers } = await post(service.url, gzipSync(QUERY), header);
      expect([status, codes, data]).toEqual([415, ['BAD_REQUEST'], undefined]);
      expect(headers['accept-encoding']).toBe('gzip, deflate, br');
    },
  );

  const broken: [name: string, header: string, body: Buffer][] = [
    ['plain text as gzip', 'gzip', QUERY],
    ['plain text as br', 'br', Buffer.alloc(100, 'x')],
    ['gzip as deflate', 'deflate', gzipSync(QUERY)],
    ['cut-off gzip', 'gzip', gzipSync(QUERY).subarray(0, -9)],
    ['cut-off br', 'br', brotliCompressSync(QUERY).subarray(0, -2)],
    ['gzip with a wrong checksum', 'gzip', gzipSync(QUERY).fill(0, gzipSync(QUERY).length - 8)],
    ['nothing', 'gzip', Buffer.alloc(0)],
    ['one layer instead of two', 'gzip, gzip', gzipSync(QUERY)],
    ['compressed text that is no JSON', 'gzip', gzipSync('{')],
  ];
  test.each(broken)('that is %s is refused with 400 and a code', async (_name, header, body) => {
    for (const chunk of [undefined, 5]) {
      const { status, codes } = await post(service.url, body, header, chunk);
      expect([status, codes]).toEqual([400, ['BAD_REQUEST']]);
    }
  });

  /** A query with a comment that makes it this long. */
  const padded = (bytes: number) =>
    Buffer.from(JSON.stringify({ query: '{ __typename }', extensions: { pad: '' } }).padEnd(bytes));

  test('may have MAX_BODY_BYTES once it is decoded, and not one byte more', async () => {
    const coders = { gzip: gzipSync, deflate: deflateSync, br: brotliCompressSync };
    for (const [header, compress] of Object.entries(coders)) {
      expect(await post(service.url, compress(padded(LIMIT)), header)).toMatchObject(GOOD);
      const { status, codes } = await post(service.url, compress(padded(LIMIT + 1)), header);
      expect([header, status, codes]).toEqual([header, 413, ['REQUEST_ENTITY_TOO_LARGE']]);
    }
  });

  const zeros = Buffer.alloc(100_000_000);
  const QUICKLY = { params: { [constants.BROTLI_PARAM_QUALITY]: 3 } };
  const bombs: [name: string, header: string, body: () => Buffer][] = [
    ['zeros in gzip', 'gzip', () => gzipSync(zeros)],
    ['zeros in br', 'br', () => brotliCompressSync(zeros, QUICKLY)],
    ['zeros in gzip in gzip', 'gzip, gzip', () => gzipSync(gzipSync(zeros))],
    // The decoded body is small, what is decoded on the way to it is not.
    ['empty members in gzip', 'gzip, gzip', () => gzipSync(Buffer.alloc(6_000_000, gzipSync('')))],
  ];
  test.each(bombs)('that is a bomb is cut off early: %s', async (_name, header, body) => {
    const bytes = body();
    const before = process.cpuUsage();
    const { status, codes } = await post(service.url, bytes, header);
    expect([status, codes]).toEqual([413, ['REQUEST_ENTITY_TOO_LARGE']]);
    const { user, system } = process.cpuUsage(before);
    expect((user + system) / 1_000, 'CPU ms').toBeLessThan(500);
    expect(await post(service.url, QUERY, undefined), 'the room is free again').toMatchObject(GOOD);
  });

  const refused: [name: string, header: string | undefined, body: () => Buffer, chunk?: number][] = [
    ['bytes that are no gzip', 'gzip', () => Buffer.alloc(LIMIT, 'A')],
    ['too many bytes in chunks', undefined, () => Buffer.alloc(3 * LIMIT, ' '), 60_000],
  ];
  test.each(refused)(
    'that is refused leaves its connection usable: %s',
    async (_name, header, body, chunk) => {
      const agent = new Agent({ keepAlive: true, maxSockets: 1 });
      for (let count = 0; count < 3; count += 1) {
        const { status } = await post(service.url, body(), header, chunk, agent);
        expect([400, 413]).toContain(status);
        expect(await post(service.url, QUERY, undefined, undefined, agent)).toMatchObject(GOOD);
      }
      agent.destroy();
    },
  );

  test('counts with its decoded bytes where bodies have to fit together', async () => {
    // The budget is 2 MB: while two decoded megabytes are held, there is no room for a third.
    const holding = [1, 2].map(() => {
      const sent = request(`${service.url}/graphql`, {
        method: 'POST',
        agent: false,
        headers: { 'content-type': 'application/json', 'content-encoding': 'gzip' },
      });
      sent.on('error', () => undefined);
      // All of it but the end, so that the body stays incomplete.
      sent.write(gzipSync(padded(LIMIT)).subarray(0, -4));
      return sent;
    });
    await new Promise((resolve) => setTimeout(resolve, 300));
    const { status, codes } = await post(service.url, gzipSync(padded(LIMIT)), 'gzip');
    for (const sent of holding) sent.destroy();
    expect([status, codes]).toEqual([429, ['RATE_LIMITED']]);
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(await post(service.url, gzipSync(padded(LIMIT)), 'gzip')).toMatchObject(GOOD);
  });

  test('leaves no fault in the log', () => {
    expect(service.log.filter((line) => JSON.parse(line).level >= 50).join('')).toBe('');
  });
});

describeOnOneDatabase('a compressed batch of events', (kind) => {
  let service: TestService;
  beforeAll(async () => {
    service = await startTestService(kind);
  });
  afterAll(() => service.close());

  test('is stored', async () => {
    const tenantId = newTenant();
    const events = Array.from({ length: 500 }, () => runEvent(tenantId));
    const query = 'mutation ($events: [JSON!]!) { ingestEvents(input: { events: $events }) { stored } }';
    const body = gzipSync(JSON.stringify({ query, variables: { events } }));
    const { data } = await post(service.url, body, 'gzip');
    expect(data).toEqual({ ingestEvents: { stored: 500 } });
  });
});
