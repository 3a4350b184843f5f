import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

interface Message {
  result?: unknown;
  failure?: string;
}

/**
 * A program of the benchmark in a process of its own, so that its processor time is its own too.
 */
export class WorkerProcess {
  readonly #child: ChildProcess;
  /** What it said when it was ready. */
  ready: unknown;

  private constructor(child: ChildProcess) {
    this.#child = child;
  }

  /** Starts a program and waits until it says that it is ready. */
  static async start(file: URL): Promise<WorkerProcess> {
    const worker = new WorkerProcess(fork(fileURLToPath(file), { execArgv: ['--import', 'tsx'] }));
    worker.ready = await worker.#next();
    return worker;
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  /** Gives it something to do and waits for what comes of it. */
  async ask<Result>(task: object): Promise<Result> {
    this.#child.send(task);
    return (await this.#next()) as Result;
  }

  async stop(): Promise<void> {
    this.#child.disconnect();
    if (this.#child.exitCode === null) await once(this.#child, 'exit');
  }

  #next(): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const ended = () => reject(new Error('The process has ended.'));
      this.#child.once('exit', ended);
      this.#child.once('message', ({ result, failure }: Message) => {
        this.#child.off('exit', ended);
        if (failure === undefined) resolve(result);
        else reject(new Error(failure));
      });
    });
  }
}
