import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { NODE, toStartArguments } from '../processes/start-arguments.ts';

/** The one name that a `NameService` knows. */
export const DATABASE_HOST = 'database.test';

/** What a process resolves `DATABASE_HOST` to. A test cannot change the machine's own names. */
export interface NameService extends Disposable {
  /** Starts the built service in a process that asks this name service. */
  readonly command: string[];
  /** Changes the addresses, in the order in which they are returned. */
  resolveTo(...addresses: string[]): void;
}

/** Creates a name service that returns these addresses. */
export function createNameService(...addresses: string[]): NameService {
  const folder = mkdtempSync(join(tmpdir(), 'qlik-event-graph-names-'));
  const file = join(folder, 'addresses.json');
  const resolveTo = (...some: string[]) => {
    const found = some.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }));
    writeFileSync(file, JSON.stringify(found));
  };
  resolveTo(...addresses);
  const program = `
    import dns from 'node:dns/promises';
    import { readFileSync } from 'node:fs';
    import { syncBuiltinESMExports } from 'node:module';
    const { lookup } = dns;
    dns.lookup = (name, options) => name === '${DATABASE_HOST}'
      ? Promise.resolve(JSON.parse(readFileSync(${JSON.stringify(file)}, 'utf8')))
      : lookup(name, options);
    syncBuiltinESMExports();`;
  const url = `data:text/javascript,${encodeURIComponent(program)}`;
  return {
    command: [...NODE, '--import', url, ...toStartArguments()],
    resolveTo,
    [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }),
  };
}
