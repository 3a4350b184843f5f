import { afterAll, beforeAll, describe, expect } from 'vitest';
import { runEvent } from '../support/events/events.ts';
import { newTenant } from '../support/events/tenants.ts';
import { startBackfill, TestFolder } from '../support/processes/command-process.ts';
import { History, listDaysUntilNow } from '../support/qlik/history.ts';
import { toNamedLists } from '../support/qlik/named-things.ts';
import { SimulatedTenant, type SimulatedTenantOptions } from '../support/qlik/simulated-tenant.ts';
import { concurrentTest, onTestEnd, perTest } from '../support/run/concurrent-test.ts';
import { startTestService, type TestService } from '../support/services/service.ts';
import { openHttpProxy } from '../support/sockets/http-proxy.ts';

const KEY = 'the-secret-api-key';
const CLIENT = { id: 'client-id', secret: 'the-client-secret' };
const AS_CLIENT = { QLIK_CLIENT_ID: CLIENT.id, QLIK_CLIENT_SECRET: CLIENT.secret };
const SECRETS = /the-secret-api-key|the-client-secret|access-token-|the-ingest-token/;
const ALL = 'names: 250 automations, 6 connectors, 2 spaces, 3 users;';

describe('npm run backfill -- --names', () => {
  let service: TestService;
  const days = listDaysUntilNow(2);

  beforeAll(async () => {
    service = await startTestService('pglite');
  });
  afterAll(() => service.close());
  const own = perTest(() => {
    const folder = new TestFolder();
    onTestEnd(() => folder[Symbol.dispose]());
    const history = new History({ tenantId: newTenant(), seed: 5, days, modelled: 20 });
    return { folder, history, named: toNamedLists(history) };
  });

  /** Stores four runs, and starts a tenant with the names of what they mention. */
  const startTenant = async (options: Partial<SimulatedTenantOptions> = {}) => {
    const { history, named } = own();
    await service.client.ingest(
      ...[1, 2, 3, 4].map((number) =>
        runEvent(
          history.tenantId,
          {
            ...{ title: String(number), executedById: `user-${number}`, spaceId: `space-${number}` },
            blocks: [{ connectorId: `connector-${number}` }, { connectorId: `connection-${number}` }],
          },
          { toplevelresourceid: `automation-${number === 3 ? 250 : number}` },
        ),
      ),
    );
    return await SimulatedTenant.start({ history, named, apiKey: KEY, client: CLIENT, ...options });
  };
  const run = async (
    tenant: SimulatedTenant,
    args: readonly string[] = ['--names'],
    settings: Record<string, string | undefined> = { QLIK_API_KEY: KEY },
    url = service.url,
  ) => {
    const urls = { tenant: tenant.url, service: url };
    await using command = startBackfill(urls, own().folder.path, args, settings);
    const result = await command.result(60_000);
    expect(`${result.stdout}${result.stderr}`).not.toMatch(SECRETS);
    return result;
  };
  /** The names of the four runs, as they are shown. */
  const readNames = async () => {
    const { automationRuns } = await service.client.as(own().history.tenantId).data(
      `{ automationRuns(where: { title: { in: ["1", "2", "3", "4"] } }, orderBy: [{ field: TITLE, direction: ASC }]) {
        nodes { automation { name } executedByName spaceName blocks { nodes { connectorName } } } } }`,
    );
    const columns = { automations: [], users: [], spaces: [], connectors: [], connections: [] };
    const lists: Record<keyof typeof columns, (string | null)[]> = columns;
    for (const { automation, executedByName, spaceName, blocks } of automationRuns.nodes) {
      lists.automations.push(automation.name);
      lists.users.push(executedByName);
      lists.spaces.push(spaceName);
      lists.connectors.push(blocks.nodes[0].connectorName);
      lists.connections.push(blocks.nodes[1].connectorName);
    }
    return lists;
  };
  const NONE = [null, null, null, null];
  const NAMED = {
    automations: ['The automation-1', 'The automation-2', 'The automation-250', 'The automation-4'],
    users: ['The user-1', 'The user-2', null, null],
    spaces: ['The space-1', 'The space-2', null, null],
    connectors: ['The connector-1', 'The connector-2', 'The connector-3', 'Another connection'],
    connections: ['A connection', 'Another connection', null, null],
  };
  const UNNAMED = {
    automations: ['1', '2', '3', '4'],
    users: NONE,
    spaces: NONE,
    connectors: NONE,
    connections: NONE,
  };

  concurrentTest(
    'sets the names of automations, connectors, spaces and users, and changes none the second time',
    async () => {
      await using tenant = await startTenant();
      const { named } = own();
      const { status, stdout, stderr } = await run(tenant);
      expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: `${ALL} 261 changed\n`, stderr: '' });
      expect(await readNames()).toEqual(NAMED);
      expect(tenant.requests.some(({ path }) => path.includes('audits'))).toBe(false);
      expect((await run(tenant)).stdout).toBe(`${ALL} 0 changed\n`);
      named.users[0] = { ...named.users[0], name: 'Ada' };
      expect((await run(tenant)).stdout).toBe(`${ALL} 1 changed\n`);
      expect((await readNames()).users).toEqual(['Ada', ...NAMED.users.slice(1)]);
      // A user that Qlik no longer lists keeps the name, which the past needs.
      named.users.shift();
      expect((await run(tenant)).stdout).toBe(
        'names: 250 automations, 6 connectors, 2 spaces, 2 users; 0 changed\n',
      );
      expect((await readNames()).users).toEqual(['Ada', ...NAMED.users.slice(1)]);
    },
  );

  concurrentTest(
    'is what a run over a range ends with, without --names, too, and not with --dry-run',
    async () => {
      await using tenant = await startTenant();
      for (const list of Object.values(own().named)) for (const item of list) delete item.tenantId;
      const range = ['--from', days[0] ?? ''];
      const dry = await run(tenant, [...range, '--dry-run']);
      expect(dry).toMatchObject({ status: 0, stderr: '' });
      expect(dry.stdout).not.toContain('names:');
      const names = await run(tenant, ['--names', '--dry-run']);
      expect(names).toEqual({ status: 0, stdout: `${ALL} nothing was set\n`, stderr: '' });
      expect(await readNames()).toEqual(UNNAMED);
      const full = await run(tenant, range);
      expect(full).toMatchObject({ status: 0, stderr: '' });
      expect(full.stdout).toContain(`${ALL} 261 changed\n`);
      expect(await readNames()).toEqual(NAMED);
      expect((await run(tenant, [...range, '--names'])).stdout).toContain(`${ALL} 0 changed\n`);
    },
  );

  for (const [kind, path, missing] of [
    ['users', '/api/v1/users', { users: NONE }],
    ['spaces', '/api/v1/spaces', { spaces: NONE }],
    ['automations', '/automations', { automations: UNNAMED.automations }],
    ['connectors', '/automation-connect', { connectors: NONE, connections: NONE }],
  ] as const)
    concurrentTest(`warns once that names of ${kind} cannot be read, and sets the others`, async () => {
      await using tenant = await startTenant();
      for (const reply of [
        { status: 403 },
        { status: 404 },
        { status: 418 },
        { status: 200, body: '<html>' },
      ]) {
        tenant.intercept = ({ url = '' }) => (url.includes(path) ? reply : undefined);
        const { status, stderr } = await run(tenant);
        expect(stderr.match(/^.+$/gm)).toEqual([
          expect.stringContaining(`Not all names of ${kind} could be read: ${tenant.url}`),
        ]);
        expect({ status, ...(await readNames()) }).toEqual({ status: 0, ...NAMED, ...missing });
      }
      const range = await run(tenant, ['--from', days[1] ?? '']);
      expect(range.status).toBe(0);
      expect(range.stderr.match(/^.+$/gm)).toHaveLength(1);
      expect(range.stdout).toContain('names: ');
    });

  concurrentTest(
    'reads connections alone where there is no list of connectors, and what the user may see',
    async () => {
      await using tenant = await startTenant({ refusesListAll: true });
      tenant.intercept = ({ url = '' }) =>
        url.includes('automation-connectors') || url.includes('workflows') ? { status: 404 } : undefined;
      expect(await run(tenant)).toMatchObject({ status: 0, stderr: '' });
      expect(await readNames()).toEqual({
        ...NAMED,
        connectors: ['A connection', null, null, 'Another connection'],
      });
    },
  );

  concurrentTest(
    'waits for 429 and 5xx, reads cut-off answers again, and gets a new token for an expired one',
    async () => {
      await using tenant = await startTenant({ cutOff: 0.1, seed: 3 });
      tenant.intercept = (_request, index) => {
        if (index === 3) tenant.revokeTokens();
        if (index === 1) return { status: 429, headers: { 'retry-after': '1' } };
        return index === 5 || index === 7 ? { status: 503 } : undefined;
      };
      const { status, stderr } = await run(tenant, ['--names'], AS_CLIENT);
      expect({ status, stderr: stderr.replaceAll(/^reading names.*\n/gm, '') }).toEqual({
        status: 0,
        stderr: '',
      });
      expect(await readNames()).toEqual(NAMED);
      expect(tenant.tokensIssued).toBeGreaterThan(1);
    },
  );

  concurrentTest('gives up on a kind whose list is broken, with a warning', async () => {
    await using tenant = await startTenant();
    tenant.intercept = ({ url = '' }) => (url.includes('spaces') ? { status: 503 } : undefined);
    const { status, stderr } = await run(tenant, ['--names', '--give-up-after', '1s']);
    expect({ status, stderr }).toEqual({
      status: 0,
      stderr: `Not all names of spaces could be read: Given up: ${new URL(tenant.url).host} answers 503.\n`,
    });
    expect(await readNames()).toEqual({ ...NAMED, spaces: NONE });
  });

  for (const [what, address] of [
    ['to another origin', 'https://example.com/api/v1/users?next=1'],
    ['to a user of the same origin', 'http://user:password@HOST/api/v1/users'],
    ['without an end', '/api/v1/users?limit=100'],
  ] as const)
    concurrentTest(`follows no link ${what}, and sets what it has read`, async () => {
      await using tenant = await startTenant();
      const { named } = own();
      const href = address.replace('HOST', new URL(tenant.url).host);
      tenant.intercept = ({ url = '' }) =>
        url.includes('users')
          ? { status: 200, body: { data: named.users, links: { next: { href } } } }
          : undefined;
      const { status, stderr } = await run(tenant);
      expect(status).toBe(0);
      expect(stderr).toMatch(/^Not all names of users could be read: .* of \/api\/v1\/users .*\n$/);
      expect(await readNames()).toEqual(NAMED);
    });

  concurrentTest('skips things without a usable id or name, and shortens long names', async () => {
    await using tenant = await startTenant();
    const { named } = own();
    named.users = [
      { id: 'user-1', name: `${'x'.repeat(998)}😀 and more` },
      ...[
        { id: 'user-2', name: ' ' },
        { id: 'user-3', name: 5 },
        { id: 'user-4', name: 'a\u0000b' },
      ],
      ...[{ id: 'x'.repeat(300), name: 'a' }, { id: 7, name: 'a' }, { name: 'a' }, {}],
    ];
    tenant.intercept = ({ url = '' }) =>
      url.includes('users') ? { status: 200, body: [...named.users, null, 'text', [1]] } : undefined;
    const { status, stdout } = await run(tenant);
    expect({ status, stdout }).toEqual({
      status: 0,
      stdout: 'names: 250 automations, 6 connectors, 2 spaces, 1 users; 259 changed\n',
    });
    expect((await readNames()).users).toEqual([`${'x'.repeat(998)}…`, null, null, null]);
  });

  for (const [what, settings] of [
    ['an API key', { QLIK_API_KEY: 'the-secret-api-key-2' }],
    ['an OAuth client', { ...AS_CLIENT, QLIK_CLIENT_SECRET: 'the-client-secret-2' }],
  ] as const)
    concurrentTest(`ends at once with status 2 if ${what} is refused`, async () => {
      await using tenant = await startTenant();
      const { status, stdout, stderr } = await run(tenant, ['--names'], settings);
      expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
      expect(stderr).toMatch(/^http:.* refuses the request: HTTP status 401\.\n$/);
      expect(tenant.requests).toHaveLength(1);
    });

  concurrentTest('waits for the service, and ends with status 2 if it sets no names', async () => {
    await using tenant = await startTenant();
    const proxy = await openHttpProxy(service.url);
    proxy.fault = (index) => (index < 2 ? { kind: 'answer', status: 503, body: 'busy' } : undefined);
    expect(await run(tenant, ['--names'], { QLIK_API_KEY: KEY }, proxy.url)).toMatchObject({ status: 0 });
    expect(await readNames()).toEqual(NAMED);
    proxy.fault = () => ({ kind: 'answer', status: 403, body: '{}' });
    const { status, stdout, stderr } = await run(tenant, ['--names'], { QLIK_API_KEY: KEY }, proxy.url);
    expect({ status, stdout, stderr }).toEqual({
      ...{ status: 2, stdout: '' },
      stderr: `${proxy.url}/graphql does not set names: HTTP status 403.\n`,
    });
    await proxy.close();
  });
});
