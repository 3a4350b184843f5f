import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { waitUntil } from '../support/wait-until.ts';

/** The folders of `schema/clients`. */
export const EXAMPLES = ['urql', 'apollo', 'relay', 'graphql-ws', 'graphql-sse'] as const;
export type Example = (typeof EXAMPLES)[number];

export function toFolder(example: Example): string {
  return fileURLToPath(new URL(`../../schema/clients/${example}`, import.meta.url));
}

/** Runs a command in the folder of an example. Rejects with its output if it fails. */
export async function runIn(example: Example, program: string, ...args: string[]): Promise<string> {
  const { stdout, stderr } = await promisify(execFile)(program, args, { cwd: toFolder(example) });
  return stdout + stderr;
}

/** One line that an example prints. */
export interface Line {
  page?: string[];
  statistics?: { outcome: string; count: number }[];
  ended?: string;
  status?: string;
}

const running = new Set<ExampleProcess>();
process.once('exit', () => {
  for (const example of running) example.stop();
});

/** An example that runs as its README says. */
export class ExampleProcess {
  stderr = '';
  /** The exit status, or the signal that ended it; undefined while it runs. */
  ended: number | string | undefined;
  readonly #child: ChildProcess;
  #stdout = '';

  constructor(example: Example, url: string, tenantId: string, token: string) {
    const args = ['--silent', 'start', '--', `${url}/graphql`, tenantId];
    // A process group of its own, because npm starts the program in a shell.
    this.#child = spawn('npm', args, {
      ...{ cwd: toFolder(example), detached: true },
      env: { ...process.env, TOKEN: token },
    });
    running.add(this);
    this.#child.stdout?.on('data', (text) => {
      this.#stdout += text;
    });
    this.#child.stderr?.on('data', (text) => {
      this.stderr += text;
    });
    this.#child.on('close', (code, signal) => {
      running.delete(this);
      this.ended = code ?? signal ?? 'gone';
    });
  }

  /** All lines so far. */
  get lines(): Line[] {
    return this.#stdout
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line));
  }

  /** The runs that it printed as they ended. */
  get endedRuns(): string[] {
    return this.lines.flatMap(({ ended }) => ended ?? []);
  }

  /** The runs of its pages. */
  get listedRuns(): string[] {
    return this.lines.flatMap(({ page }) => page ?? []);
  }

  /** Waits until a condition holds. Throws if the example ends before that. */
  async until(condition: (example: this) => boolean): Promise<void> {
    const describe = () => `${this.#stdout}\n${this.stderr}`;
    await waitUntil(() => condition(this) || this.ended !== undefined, 30_000, describe);
    if (!condition(this)) throw new Error(`The example has ended: ${this.ended}\n${describe()}`);
  }

  stop(): void {
    const { pid } = this.#child;
    if (this.ended === undefined && pid !== undefined) process.kill(-pid, 'SIGTERM');
  }
}
