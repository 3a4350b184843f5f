import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const ROOT = new URL('../../../', import.meta.url);

/**
 * Node, for a process that ends soon: WebAssembly is compiled without optimizing it. A start on
 * PGlite takes half of the CPU time.
 */
export const NODE: readonly string[] = [process.execPath, '--liftoff-only'];

/**
 * Settings of npm: it runs a script without those before it, which build. A run of the tests has
 * built the programs. `documents/every-command` checks that each command has such a script, and
 * `lifecycle/npm-start.long` runs one.
 */
export const WITHOUT_BUILDS = { npm_config_ignore_scripts: 'true' };

/** What `npm start` gives to Node: options of V8, and the program by its full path. */
export function toStartArguments(): string[] {
  const { scripts } = JSON.parse(readFileSync(new URL('package.json', ROOT), 'utf8'));
  const [exec, node, ...words] = scripts.start.split(' ');
  if (exec !== 'exec' || node !== 'node') throw new Error(`Not understood: ${scripts.start}`);
  return words.map((word: string) => (word.startsWith('-') ? word : fileURLToPath(new URL(word, ROOT))));
}
