import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { Misconfiguration } from '../../src/domain/misconfiguration.ts';
import { REFUSALS } from '../../src/domain/refusal.ts';
import { createTestDatabase } from '../support/databases/databases.ts';
import { EXAMPLES, readExample } from '../support/events/events.ts';
import { WITHOUT_BUILDS } from '../support/processes/start-arguments.ts';
import { toDose } from '../support/run/dose.ts';
import { startTestService, type TestService } from '../support/services/service.ts';
import { findFreePort } from '../support/sockets/free-port.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8');

/** The steps of "A first walk": a command, and what the README shows as its answer. */
const steps = [
  ...readme.matchAll(/<!-- walk: (.+) -->\n```sh\n([\s\S]*?)```\n(?:[^`]*?```(json|text)\n([\s\S]*?)```)?/g),
].map(([, name = '', command = '', , answer = '']) => ({ name, command, answer: answer.trim() }));
const commands = [...readme.matchAll(/<!-- command: (.+) -->\n```sh\n([\s\S]*?)```/g)].map(
  ([, name = '', command = '']) => ({ name, command }),
);
const operations = [...readme.matchAll(/```graphql\n([\s\S]*?)```/g)].map(([, operation = '']) => operation);
/** How long the service is away in a restart: longer than the first attempts to reconnect. */
const RESTART_SECONDS = toDose({ short: 1, full: 5 });
const scripts = [...readme.matchAll(/```js\n([\s\S]*?)```/g)].map(([, script = '']) => script);

describe('the README', () => {
  let service: TestService;
  let address: string;
  beforeAll(async () => {
    // The port that the README names, if it is free.
    service = await startTestService('pglite', { PORT: '4000' }).catch((error: unknown) => {
      if (!(error instanceof Misconfiguration)) throw error;
      return startTestService('pglite');
    });
    address = new URL(service.url).host;
  });
  afterAll(() => service.close());

  function start(command: string, args: string[], input?: string, settings: NodeJS.ProcessEnv = {}) {
    const env = { ...process.env, ...settings };
    const child = spawn(command, args, { cwd: root, env, stdio: ['pipe', 'pipe', 'inherit'] });
    let output = '';
    child.stdout.on('data', (chunk) => {
      output += String(chunk);
    });
    child.stdin.end(input);
    const ended = new Promise<number | null>((resolve) => child.once('close', (status) => resolve(status)));
    return { stop: () => child.kill(), ended, output: () => output };
  }
  const atAddress = (text: string) => text.replaceAll('localhost:4000', address);
  const runShell = (name: string) => {
    const step = steps.find((candidate) => candidate.name === name);
    return { ...start('sh', ['-c', atAddress(step?.command ?? 'false')]), answer: step?.answer ?? '' };
  };

  it('has a first walk whose every step gives what it shows', async () => {
    expect(steps.map(({ name }) => name)).toEqual(['ingest', 'query', 'subscribe', 'ingest another']);
    for (const name of ['ingest', 'query']) {
      const step = runShell(name);
      await step.ended;
      expect(JSON.parse(step.output())).toEqual(JSON.parse(step.answer));
    }
    const subscription = runShell('subscribe');
    await expect.poll(subscription.output).toContain(':');
    const last = runShell('ingest another');
    await last.ended;
    expect(JSON.parse(last.output())).toEqual({
      data: { ingestEvents: { receipts: [{ outcome: 'STORED', position: 2 }] } },
      extensions: { cost: { cost: 1, limit: 100_000 } },
    });
    await expect.poll(subscription.output).toContain(last.answer);
    subscription.stop();
  });

  it('has scripts that run and print the events of the walk', async () => {
    expect(scripts).toHaveLength(1);
    const script = start('node', ['--input-type=module'], atAddress(scripts[0] ?? ''));
    await script.ended;
    expect(script.output()).toBe('1 AUTOMATION_RUN_ENDED\n2 AUTOMATION_RUN_ENDED\n');
  });

  it('has a first walk and a script that work after the example files have been sent, too', async () => {
    const other = await startTestService('pglite');
    onTestFinished(() => other.close());
    address = new URL(other.url).host;
    onTestFinished(() => {
      address = new URL(service.url).host;
    });
    // What the command of "Sending files" sends: events of two tenants.
    await other.client.ingest(...EXAMPLES.map(readExample));
    const query = runShell('query');
    await query.ended;
    expect(JSON.parse(query.output())).toEqual(JSON.parse(query.answer));
    const again = runShell('ingest');
    await again.ended;
    expect(JSON.parse(again.output()).data.ingestEvents.receipts[0].outcome).toBe('DUPLICATE');
    const script = start('node', ['--input-type=module'], atAddress(scripts[0] ?? ''));
    const subscription = runShell('subscribe');
    await expect.poll(subscription.output, { timeout: 10_000 }).toContain(':');
    const last = runShell('ingest another');
    await last.ended;
    await expect.poll(subscription.output, { timeout: 10_000 }).toContain(last.answer);
    subscription.stop();
    await script.ended;
    expect(script.output()).toBe('1 AUTOMATION_RUN_ENDED\n2 AUTOMATION_RUN_ENDED\n');
  }, 60_000);

  for (const [title, edit, printed] of [
    [`has a script that loses and repeats nothing through a restart of ${RESTART_SECONDS} s`, '', '1\n2\n'],
    [
      'says rightly that without shouldRetry one refused connection ends the subscription',
      'shouldRetry: () => true,',
      '1\n',
    ],
  ] as const) {
    it.concurrent(title, async ({ expect, onTestFinished }) => {
      const database = await createTestDatabase('postgres');
      const settings = { PORT: String(await findFreePort()) };
      let other = await startTestService('postgres', settings, database);
      onTestFinished(async () => {
        await other.close();
        await database.drop();
      });
      const [first, second] = [
        readExample('automation.run.ended'),
        { ...readExample('automation.run.ended'), id: 'second' },
      ];
      await other.client.ingest(first);
      const text = (scripts[0] ?? '').replaceAll('localhost:4000', `127.0.0.1:${settings.PORT}`);
      expect(text).toContain(edit);
      const script = start('node', ['--input-type=module'], text.replace(edit, ''));
      await expect.poll(script.output, { timeout: 20_000 }).toContain('1 AUTOMATION_RUN_ENDED\n');
      await other.close();
      await sleep(RESTART_SECONDS * 1_000);
      other = await startTestService('postgres', settings, database);
      await other.client.ingest(second);
      await script.ended;
      expect(script.output().replaceAll(' AUTOMATION_RUN_ENDED', '')).toBe(printed);
    }, 90_000);
  }

  it('has operations that the service answers without an error', async () => {
    expect(operations).toHaveLength(10);
    for (const operation of operations) {
      await service.client.as('id123').data(operation, { events: [readExample('app.created')] });
    }
  });

  it('has commands that do what it says of them', async () => {
    expect(commands.map(({ name }) => name)).toEqual(['ingest', 'token', 'prune']);
    // An embedded database has one process at a time.
    const database = await createTestDatabase('postgres');
    const settings = {
      PORT: new URL(service.url).port,
      DATABASE_URL: database.databaseUrl,
      ...WITHOUT_BUILDS,
    };
    for (const { command } of commands) {
      const shell = start('sh', ['-ec', command], undefined, settings);
      const late = sleep(100_000, undefined, { ref: false }).then(() => `still running: ${shell.output()}`);
      expect(await Promise.race([shell.ended, late]), command).toBe(0);
      expect(shell.output()).toMatch(
        /^(STORED +\d+|received before .* 0 events \(0 B\) pruned|eyJ[\w.-]+)$/m,
      );
    }
    await database.drop();
  }, 240_000);

  it('names every setting and every problem of an event', () => {
    const source = ['src/config.ts', 'src/http/identity/auth-settings.ts', 'src/domain/events/problem.ts']
      .map((path) => readFileSync(`${root}/${path}`, 'utf8'))
      .join('\n');
    const names = new Set(source.match(/(?<=['\s])[A-Z]+(?:_[A-Z]+)+(?=['\s:])/g));
    const unnamed = [...names].filter((name) => !readme.includes(`\`${name}\``));
    const isConstant = (name: string) =>
      /^(LOG_LEVELS|LOG_FORMATS|AUTH_NAMES|KEY_\w+|MIN_(SECRET|RSA)_\w+)$/.test(name);
    expect(unnamed.filter((name) => !isConstant(name))).toEqual([]);
  });

  it.each(Object.entries(REFUSALS))('documents %s with its statuses and whether to retry', (code, entry) => {
    const [, table = ''] = readme.split('\n## Error codes\n');
    const row = table.split('\n').find((line) => line.startsWith(`| \`${code}\` |`));
    const [, , statuses, retry] = (row ?? '')
      .split(' | ')
      .map((cell) => cell.trim())
      .toSpliced(0, 0, '');
    expect({ statuses, retry }).toEqual({
      statuses: entry.statuses.join(', '),
      retry: entry.retryable ? 'yes' : 'no',
    });
  });
});
