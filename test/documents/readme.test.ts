import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Misconfiguration } from '../../src/domain/misconfiguration.ts';
import { createTestDatabase } from '../support/databases.ts';
import { readExample } from '../support/events.ts';
import { startTestService, type TestService } from '../support/service.ts';

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
const scripts = [...readme.matchAll(/```js\n([\s\S]*?)```/g)].map(([, script = '']) => script);

describe('the README', () => {
  let service: TestService;
  let address: string;
  beforeAll(async () => {
    // The port that the README names, if nobody has it.
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

  it('has operations that the service answers without an error', async () => {
    expect(operations).toHaveLength(8);
    for (const operation of operations) {
      await service.client.as('id123').data(operation, { events: [readExample('app.created')] });
    }
  });

  it('has commands that do what it says of them', async () => {
    expect(commands.map(({ name }) => name)).toEqual(['ingest', 'prune']);
    // An embedded database has one process at a time.
    const database = await createTestDatabase('postgres');
    const settings = { PORT: new URL(service.url).port, DATABASE_URL: database.databaseUrl };
    for (const { command } of commands) {
      const shell = start('sh', ['-ec', command], undefined, settings);
      const late = sleep(100_000, undefined, { ref: false }).then(() => `still running: ${shell.output()}`);
      expect(await Promise.race([shell.ended, late]), command).toBe(0);
      expect(shell.output()).toMatch(/^(STORED +\d+|received before .* 0 events \(0 B\) pruned)$/m);
    }
    await database.drop();
  }, 240_000);

  it('names every setting and every code', () => {
    const source = ['src/config.ts', 'src/domain/events/problem.ts', 'src/domain/refusal.ts']
      .map((path) => readFileSync(`${root}/${path}`, 'utf8'))
      .join('\n');
    const names = new Set(source.match(/(?<=['\s])[A-Z]+(?:_[A-Z]+)+(?=['\s:])/g));
    const unnamed = [...names].filter((name) => !name.startsWith('AUTH_') && !readme.includes(`\`${name}\``));
    expect(unnamed.filter((name) => !['LOG_LEVELS', 'AUTH_KEYS', 'AUTH_SETTINGS'].includes(name))).toEqual(
      [],
    );
  });
});
