import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { pino } from 'pino';
import { expect, test } from 'vitest';
import { parseRelaySettings } from '../../src/relay/relay-settings.ts';
import { toSafeFault } from '../../src/relay/safe-fault.ts';
import { ServiceLog } from '../../src/relay/send/service-log.ts';
import { startRecordingService, toError } from '../support/relay/recording-service.ts';
import {
  CANARY,
  deliver,
  readMetric,
  readRejected,
  relayEvent,
  sign,
  startTestRelay,
  untilSent,
} from '../support/relay/test-relay.ts';

test('the settings have the documented defaults, and an empty variable counts as unset', () => {
  const empty = { RELAY_PORT: '', API_URL: '', INGEST_TOKEN: '', SPOOL_DIR: '', LOG_LEVEL: '' };
  const { apiUrl, ...settings } = parseRelaySettings({ QLIK_WEBHOOK_SECRETS: 'a, b', ...empty });
  expect(settings).toEqual({
    ...{ host: '127.0.0.1', port: 4_010, acceptsUnsigned: false, secrets: ['a', 'b'], token: undefined },
    ...{ spoolDir: './spool', maxSpoolBytes: 10_737_418_240, maxEventBytes: 1_048_576, logLevel: 'info' },
    logFormat: process.stdout.isTTY ? 'pretty' : 'json',
  });
  expect(apiUrl.href).toBe('http://127.0.0.1:4000/graphql');
});

test('an event of exactly MAX_EVENT_BYTES and a delivery of exactly 16 MiB are accepted, and one byte more is not', async () => {
  const service = await startRecordingService();
  const relay = await startTestRelay({ API_URL: service.url, MAX_EVENT_BYTES: '1000' });
  const padded = (bytes: number, id: string) => {
    const event = relayEvent(id, { pad: '' });
    const left = bytes - JSON.stringify(event).length;
    return relayEvent(id, { pad: 'x'.repeat(left) });
  };
  const binary = {
    ...{ 'ce-specversion': '1.0', 'ce-id': 'binary', 'ce-source': 's', 'ce-type': 't' },
    'content-type': 'application/json',
  };
  const head = `{"specversion":"1.0","id":"binary","source":"s","type":"t","datacontenttype":"application/json","data":`;
  const toData = (bytes: number) => `"${'x'.repeat(bytes - head.length - 3)}"`;
  // A character of several bytes counts as its bytes.
  const wide = (bytes: number) => JSON.stringify(padded(bytes, 'wide')).replace('xxx', '€');
  const answers: [number, unknown, Record<string, string>?][] = [
    [204, padded(1_000, 'exact')],
    [413, padded(1_001, 'never')],
    [204, [padded(1_000, 'listed'), padded(1_000, 'listed too')]],
    [413, [padded(1_000, 'never'), padded(1_001, 'never')]],
    [204, wide(1_000)],
    [413, wide(1_001)],
    [204, toData(1_000), binary],
    [413, toData(1_001), binary],
    [204, `[${' '.repeat(16_777_214)}]`],
    [413, `[${' '.repeat(16_777_215)}]`],
  ];
  for (const [index, [status, body, headers]] of answers.entries()) {
    expect((await deliver(relay.url, body, headers)).status, String(index)).toBe(status);
  }
  await untilSent(relay.url);
  expect(service.events.map(({ id }) => id)).toEqual(['exact', 'listed', 'listed too', 'wide', 'binary']);
});

test('rejected.ndjson is not part of MAX_SPOOL_BYTES, and only the user of the relay reads what the spool keeps', async () => {
  const service = await startRecordingService();
  service.outcomeOf = () => 'REJECTED';
  const relay = await startTestRelay({ API_URL: service.url, MAX_SPOOL_BYTES: '3000' });
  for (let number = 0; number < 10; number += 1) {
    expect((await deliver(relay.url, relayEvent(`e${number}`, { pad: 'x'.repeat(1_000) }))).status).toBe(204);
    await untilSent(relay.url);
  }
  expect(readRejected(relay.directory)).toHaveLength(10);
  expect(statSync(join(relay.directory, 'rejected.ndjson')).size).toBeGreaterThan(10_000);
  expect(await readMetric(relay.url, 'qeg_relay_rejected_total')).toBe(10);
  service.fault = () => toError('UNAVAILABLE');
  await deliver(relay.url, relayEvent('waits'));
  const names = readdirSync(relay.directory).filter((name) => /segment|rejected/.test(name));
  expect(names.length).toBeGreaterThanOrEqual(2);
  for (const name of names) expect(statSync(join(relay.directory, name)).mode & 0o077, name).toBe(0);
  service.fault = () => undefined;
  await untilSent(relay.url);
});

test('with RELAY_UNSIGNED=true and secrets a delivery may be unsigned, and a signature that is there must fit', async () => {
  const relay = await startTestRelay({ RELAY_UNSIGNED: 'true' });
  const status = async (signature: string | undefined) =>
    (await deliver(relay.url, '[]', { 'qlik-signature': signature })).status;
  expect([await status(undefined), await status(sign('[]')), await status(sign('[ ]'))]).toEqual([
    204, 204, 401,
  ]);
  expect(await status('')).toBe(401);
});

test('a refused token is logged as an error at once and then once a minute; an outage as a warning', () => {
  const lines: { second: number; level: number; msg: string }[] = [];
  let second = 0;
  const write = (line: string) => void lines.push({ ...JSON.parse(line), second });
  const log = new ServiceLog(pino({ level: 'trace' }, { write }), () => 1_000_000 + second * 1_000);
  const reportUntil = (end: number, isUnauthorized: boolean) => {
    for (; second < end; second += 2) {
      log.reportFailure(isUnauthorized ? 'FORBIDDEN' : 'ECONNREFUSED', isUnauthorized);
    }
  };
  reportUntil(150, true);
  reportUntil(250, false);
  expect(lines.map((line) => [line.second, line.level])).toEqual([
    ...[0, 60, 120].map((at) => [at, 50]),
    ...[150, 210].map((at) => [at, 40]),
  ]);
  log.reportSuccess();
  log.reportSuccess();
  expect(lines.slice(5).map(({ msg }) => msg)).toEqual(['the service accepts events again']);
});

test('what is logged of an unexpected error contains nothing of its message, also where that looks like a stack', () => {
  const failure = new Error(`Unexpected token\n    at ${CANARY} (file.ts:1:1)\n${CANARY}`);
  failure.cause = new Error(CANARY);
  const fault = toSafeFault(failure);
  expect(JSON.stringify(fault)).not.toContain(CANARY);
  expect(fault.at[0]).toContain('hostile-limits.test.ts');
  expect(JSON.stringify(toSafeFault(CANARY))).not.toContain(CANARY);
  const renamed = Object.assign(new Error(CANARY), { name: CANARY, code: CANARY });
  expect(JSON.stringify(toSafeFault(renamed))).not.toContain(CANARY);
});
