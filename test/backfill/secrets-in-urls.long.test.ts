import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { newTenant } from '../support/events/tenants.ts';
import { CommandProcess, startBackfill, TestFolder } from '../support/processes/command-process.ts';
import { History, listDaysUntilNow } from '../support/qlik/history.ts';
import { SimulatedTenant } from '../support/qlik/simulated-tenant.ts';
import { type HttpProxy, openHttpProxy } from '../support/sockets/http-proxy.ts';

/** URLs that are refused. */
const REFUSED = [
  'http://user:the-secret@127.0.0.1:1/graphql',
  'http://the-secret@127.0.0.1:1/graphql',
  'http://user:the-secret@[/graphql',
  'user:the-secret@127.0.0.1/graphql',
  'ftp://user:the-secret@127.0.0.1/graphql',
  'http://user:the-secret@127.0.0.1:0/graphql?key=the-secret',
];

describe('a secret in a URL is not printed', () => {
  let folder: TestFolder;
  let service: HttpProxy;
  let tenant: SimulatedTenant;
  const days = listDaysUntilNow(2);

  beforeAll(async () => {
    folder = new TestFolder();
    service = await openHttpProxy('http://127.0.0.1:1');
    const history = new History({ tenantId: newTenant(), seed: 5, days, modelled: 20 });
    tenant = await SimulatedTenant.start({ history, apiKey: 'api-key' });
  });
  afterAll(async () => {
    await service.close();
    await tenant[Symbol.asyncDispose]();
    folder[Symbol.dispose]();
  });

  const backfill = (args: readonly string[], settings: Record<string, string>) =>
    startBackfill({ tenant: tenant.url, service: service.url }, folder.path, args, {
      QLIK_API_KEY: 'api-key',
      ...settings,
    });
  const ingest = (args: readonly string[]) => {
    const file = folder.write('events.ndjson', '{}\n');
    return new CommandProcess('ingest', [...args, '--state', folder.path, '--restart', file]);
  };
  const expectSilence = async (command: CommandProcess, status: number) => {
    await using _ending = command;
    const result = await command.result();
    expect(`${result.stdout}${result.stderr}`).not.toContain('the-secret');
    expect(result.stderr).not.toBe('');
    expect(result.status).toBe(status);
    return result.stderr;
  };

  test('if the URL is refused', async () => {
    const args = ['--from', days[0] ?? ''];
    for (const url of REFUSED) {
      await Promise.all([
        expectSilence(backfill(args, { API_URL: url }), 1),
        expectSilence(backfill(args, { QLIK_TENANT_URL: url }), 1),
        expectSilence(ingest(['--url', url]), 1),
        expectSilence(new CommandProcess('relay', [], { RELAY_UNSIGNED: 'true', API_URL: url }), 1),
      ]);
    }
  });

  test('if the server refuses what is sent, or is away', async () => {
    const away = ['--give-up-after', '1s'];
    for (const [status, more] of [
      [403, []],
      [503, away],
    ] as const) {
      service.fault = () => ({ kind: 'answer', status, body: '{}' });
      const API_URL = `${service.url}/graphql?key=the-secret#the-secret`;
      const texts = await Promise.all([
        expectSilence(backfill(['--names', ...more], { API_URL }), 2),
        expectSilence(backfill(['--from', days[0] ?? '', ...more], { API_URL }), 2),
        expectSilence(ingest(['--url', API_URL, ...more]), 2),
      ]);
      for (const text of texts.slice(status === 403 ? 0 : 1))
        expect(text).toContain(`${service.url}/graphql`);
    }
  });
});
