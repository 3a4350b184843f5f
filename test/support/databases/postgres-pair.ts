import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type PostgresServer, startPostgres } from './start-postgres.ts';

/** A primary, and a standby that has everything the primary has acknowledged. */
export interface PostgresPair extends AsyncDisposable {
  readonly primary: PostgresServer;
  readonly standby: PostgresServer;
  /** Promotes the standby after the primary has ended; the two change their names. */
  promote(): Promise<void>;
  /** Makes the primary wait for its standby before it acknowledges a commit. */
  synchronise(): Promise<void>;
}

/** Starts a primary and its standby. */
export async function startPostgresPair(): Promise<PostgresPair> {
  const folder = mkdtempSync(join(tmpdir(), 'qlik-event-graph-pair-'));
  // As root, PostgreSQL runs as another user.
  chmodSync(folder, 0o755);
  let primary = await startPostgres(join(folder, 'first'));
  let standby = await primary.startStandby(join(folder, 'second'));
  const synchronise = async () => {
    await primary.execute(`alter system set synchronous_standby_names = '*'`, 'select pg_reload_conf()');
  };
  await synchronise();
  return {
    get primary() {
      return primary;
    },
    get standby() {
      return standby;
    },
    async promote() {
      [primary, standby] = [standby, primary];
      await primary.promote();
    },
    synchronise,
    async [Symbol.asyncDispose]() {
      await Promise.all([primary.stop(), standby.stop()]);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
