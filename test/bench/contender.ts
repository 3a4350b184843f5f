import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { toStartArguments } from '../support/processes/start-arguments.ts';
import { findFreePort } from '../support/sockets/free-port.ts';

/** A server under measurement, in a process of its own. */
export interface Contender {
  name: string;
  url: string;
  pid: number;
  stop(): Promise<void>;
}

const fromHere = (path: string) => fileURLToPath(new URL(path, import.meta.url));

/** The Node that the rivals need, from the package `node`. */
export const NEWER_NODE = fromHere('./node_modules/node/bin/node');

/** Starts the built service, with more settings than the ones of every contender. */
export function startService(
  name: string,
  databaseUrl: string,
  node = process.execPath,
  settings: NodeJS.ProcessEnv = {},
): Promise<Contender> {
  return start(name, node, toStartArguments(), databaseUrl, settings);
}

/**
 * Starts another build of the service: `BENCH_BEFORE` names its dist/main.js, of a checkout with
 * its own packages. Undefined where it is not set.
 */
export async function startBefore(databaseUrl: string): Promise<Contender | undefined> {
  const main = process.env.BENCH_BEFORE;
  if (main === undefined) return undefined;
  return start('before', process.execPath, [...toStartArguments().slice(0, -1), main], databaseUrl);
}

/**
 * Starts the service from its source, without group commit: each request has a transaction of its
 * own.
 */
export function startOneByOne(name: string, databaseUrl: string): Promise<Contender> {
  const options = toStartArguments().filter((argument) => argument.startsWith('-'));
  const preload = ['tsx', fromHere('./ingest/one-by-one.mjs')].flatMap((module) => ['--import', module]);
  const args = [...options, ...preload, fromHere('../../src/main.ts')];
  return start(name, process.execPath, args, databaseUrl);
}

/** Starts PostGraphile on the service's tables. */
export function startPostgraphile(name: string, databaseUrl: string): Promise<Contender> {
  return start(name, NEWER_NODE, [fromHere('./rivals/postgraphile.mjs')], databaseUrl);
}

/** Starts the bare server: node:http, postgres.js and one statement written by hand. */
export function startBare(name: string, databaseUrl: string): Promise<Contender> {
  return start(name, process.execPath, ['--import', 'tsx', fromHere('./rivals/bare-server.ts')], databaseUrl);
}

async function start(
  name: string,
  node: string,
  args: string[],
  databaseUrl: string,
  settings: NodeJS.ProcessEnv = {},
): Promise<Contender> {
  const port = await findFreePort();
  const child = spawn(node, args, {
    env: {
      ...process.env,
      NODE_ENV: 'production',
      DATABASE_URL: databaseUrl,
      HOST: '127.0.0.1',
      PORT: String(port),
      ...settings,
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await waitForReady(name, child);
  return {
    name,
    url: `http://127.0.0.1:${port}/graphql`,
    pid: child.pid ?? 0,
    async stop() {
      child.kill('SIGTERM');
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
    },
  };
}

async function waitForReady(name: string, child: ChildProcess): Promise<void> {
  if (child.stdout === null) throw new Error(`${name} has no output.`);
  const lines = createInterface({ input: child.stdout });
  const ready = new Promise<void>((resolve) => {
    lines.on('line', (line) => {
      if (line.includes('ready')) resolve();
    });
  });
  const ended = once(child, 'exit').then(() => {
    throw new Error(`${name} ended before it was ready.`);
  });
  await Promise.race([ready, ended]);
}
