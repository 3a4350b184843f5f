import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, onTestFinished, test } from 'vitest';
import { GraphqlClient } from '../support/clients/graphql-client.ts';
import { createTestDatabase, toSettings } from '../support/databases/databases.ts';
import { TestFolder } from '../support/processes/command-process.ts';
import { ServerProcess } from '../support/processes/server-process.ts';
import { WITHOUT_BUILDS } from '../support/processes/start-arguments.ts';
import { History, listWebhooks, toWebhookBody } from '../support/qlik/history.ts';
import { SimulatedTenant } from '../support/qlik/simulated-tenant.ts';
import { untilSent } from '../support/relay/test-relay.ts';
import { findFreePort } from '../support/sockets/free-port.ts';
import { waitUntil } from '../support/wait-until.ts';

const run = promisify(execFile);
const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const readme = readFileSync(`${ROOT}/README.md`, 'utf8');
const [, section = ''] = /\n## Connect your tenant\n([\s\S]*?)\n## /.exec(readme) ?? [];
const blocks = new Map(
  [...section.matchAll(/<!-- connect: (\w+) -->\n```sh\n([\s\S]*?)```/g)].map(
    ([, name = '', command = '']): [string, string] => [name, command],
  ),
);
/** The days that the section names as examples; history before today. */
const DAYS = ['2026-11-01', '2026-11-02', '2026-11-03'];
const TENANT = 'connected-tenant';

/** Terminals in which the blocks of the section are typed. Each begins with the file of step 1. */
class Terminals {
  readonly #environment: Record<string, string | undefined>;
  readonly #replacements: [string, string][];

  constructor(environment: Record<string, string | undefined>, replacements: [string, string][]) {
    this.#environment = environment;
    this.#replacements = replacements;
  }

  #read(name: string): string {
    const text = blocks.get(name) ?? 'false';
    return this.#replacements.reduce((result, [from, to]) => result.replaceAll(from, to), text);
  }

  /** Runs a block and returns its output. Does not block: the tenant is in this process. */
  async run(name: string, before = ''): Promise<string> {
    const script = `${before}\n${this.#read(name)}`;
    const { stdout } = await run('sh', ['-ec', script], { cwd: ROOT, env: this.#environment });
    return stdout;
  }

  /** Starts a block that runs until it is stopped. */
  start(name: string): ServerProcess {
    const script = this.#read(name).replace('npm ', 'exec npm ');
    const started = new ServerProcess(this.#environment, ['sh', '-ec', script]);
    // npm passes SIGTERM on to what it has started, but not SIGKILL.
    onTestFinished(async () => expect(await started.stop()).toBe(0));
    return started;
  }
}

test('a newcomer who types the commands of "Connect your tenant" has every event, and is told of all gaps', async () => {
  const history = new History({ tenantId: TENANT, seed: 3, days: DAYS, modelled: 150 });
  const tenant = await SimulatedTenant.start({ history, apiKey: 'my-key' });
  onTestFinished(() => tenant[Symbol.asyncDispose]());
  const database = await createTestDatabase('pglite');
  onTestFinished(() => database.drop());
  const folder = new TestFolder();
  onTestFinished(() => folder[Symbol.dispose]());
  const [port, relayPort] = [await findFreePort(), await findFreePort()];
  const { PATH, HOME } = process.env;
  const terminals = new Terminals(
    {
      ...{
        ...WITHOUT_BUILDS,
        PATH,
        HOME,
        ...toSettings(database),
        PORT: String(port),
        RELAY_PORT: String(relayPort),
      },
      ...{ API_URL: `http://127.0.0.1:${port}/graphql`, SPOOL_DIR: `${folder.path}/spool` },
    },
    [
      ['https://my-tenant.eu.qlikcloud.com', tenant.url],
      ['my-tenant-id', TENANT],
      ['> .env', `> ${folder.path}/.env`],
      ['./.env', `${folder.path}/.env`],
      ['localhost:4000', `127.0.0.1:${port}`],
      ['npm run backfill -- ', `npm run backfill -- --state ${folder.path} `],
    ],
  );

  const load = `set -a; . ${folder.path}/.env`;
  await terminals.run('secrets');
  const service = terminals.start('service');
  await service.ready(60_000);
  const relay = terminals.start('relay');
  const relayUrl = `http://127.0.0.1:${relayPort}`;
  await waitUntil(
    () => relay.stdout.includes(relayUrl),
    60_000,
    () => relay.stderr,
  );
  await terminals.run('webhook', load);
  expect(tenant.webhooks).toMatchObject([{ url: 'https://relay.example.com/webhooks/qlik' }]);

  const faults = { seed: 3, lost: 0.1, repeated: 0.1, disorderedDay: DAYS[1] };
  const arriving = DAYS.flatMap((day) => listWebhooks(history, day, faults));
  for (const event of arriving) {
    expect(await tenant.sendWebhook(toWebhookBody(event), relayUrl)).toEqual([204]);
  }
  await untilSent(relayUrl);
  await terminals.run('backfill', load);

  const [answer = '', token = ''] = (await terminals.run('check', load)).split('\n');
  const { data } = JSON.parse(answer);
  const { viewer } = await new GraphqlClient(`http://127.0.0.1:${port}`)
    .with(token)
    .data('{ viewer { scopes } }');
  expect(viewer.scopes, 'the token for the dashboard').toEqual(['events:read']);
  const expected = DAYS.map((date) => {
    const upstreamCount = history.countModelled(date);
    const arrived = new Set(listWebhooks(history, date, faults).map(({ parts }) => parts.id)).size;
    return { date, isComplete: true, upstreamCount, recoveredCount: upstreamCount - arrived };
  });
  expect(data.coverage.filter(({ date }: { date: string }) => DAYS.includes(date))).toEqual(expected);
  expect(expected.some(({ recoveredCount }) => recoveredCount > 0)).toBe(true);
  expect(data.coverage.every(({ isComplete }: { isComplete: boolean }) => isComplete)).toBe(true);
}, 300_000);
