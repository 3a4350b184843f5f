import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { DatabaseLocation } from '../../../src/store/database/open-database.ts';
import { GraphqlClient } from '../clients/graphql-client.ts';
import { toSettings } from '../databases/databases.ts';
import { waitUntil } from '../wait-until.ts';
import { NODE, toStartArguments } from './start-arguments.ts';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));

/** Children that a test which was cut off has not ended. */
const running = new Set<ChildProcess>();
process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

/** The built service as a process of its own. */
export class ServerProcess {
  readonly child: ChildProcess;
  stdout = '';
  stderr = '';
  /** Exit status, or the signal that ended it; undefined while it runs. */
  ended: number | string | undefined;

  constructor(settings: Record<string, string | undefined>, command = [...NODE, ...toStartArguments()]) {
    const { PATH, HOME } = process.env;
    const [program = '', ...args] = command;
    this.child = spawn(program, args, { cwd: ROOT, env: { PATH, HOME, PORT: '0', ...settings } });
    running.add(this.child);
    this.child.stdout?.on('data', (text) => {
      this.stdout += text;
    });
    this.child.stderr?.on('data', (text) => {
      this.stderr += text;
    });
    this.child.on('close', (code, signal) => {
      running.delete(this.child);
      this.ended = code ?? signal ?? 'gone';
    });
  }

  /** Starts the service on a database and waits until it is ready. */
  static async start(
    database: DatabaseLocation,
    settings: Record<string, string> = {},
  ): Promise<ServerProcess> {
    const server = new ServerProcess({ ...toSettings(database), ...settings });
    await server.ready();
    return server;
  }

  get pid(): number {
    return this.child.pid ?? 0;
  }

  /** Where it listens, as its ready line says. */
  get url(): string {
    const line = this.stdout.split('\n').find((text) => text.includes('"ready: '));
    return line === undefined ? '' : JSON.parse(line).url;
  }

  get client(): GraphqlClient {
    return new GraphqlClient(this.url);
  }

  async ready(timeoutMs = 30_000): Promise<this> {
    const told = () => `${this.ended}\n${this.stdout}\n${this.stderr}`;
    await waitUntil(() => this.url !== '' || this.ended !== undefined, timeoutMs, told);
    if (this.url === '') throw new Error(`The server has ended: ${told()}`);
    return this;
  }

  /** Sends a signal and gives how the process ended. */
  async stop(signal: NodeJS.Signals = 'SIGTERM', timeoutMs = 12_000): Promise<number | string> {
    this.child.kill(signal);
    return this.end(timeoutMs);
  }

  /** How the process ended, once it has. */
  async end(timeoutMs = 30_000): Promise<number | string> {
    await waitUntil(
      () => this.ended !== undefined,
      timeoutMs,
      () => `${this.stdout}\n${this.stderr}`,
    );
    return this.ended ?? '';
  }

  /** Leaves nothing behind, whatever the test has done. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.ended !== undefined) return;
    this.child.kill('SIGKILL');
    if (this.child.exitCode === null && this.child.signalCode === null) await once(this.child, 'exit');
  }
}
