import type postgres from 'postgres';
import { toFailureCode } from '../failure.ts';
import { connectUnchanged } from './postgres-client.ts';
import type { PostgresLocation } from './postgres-location.ts';
import type { Server } from './server.ts';

/** A short `statement_timeout` of the role may cancel even the statement that disables it. */
const QUERY_CANCELED = '57014';
const MAX_ATTEMPTS = 50;

/** One connection. It changes no setting, because a pooler may reuse its session. */
export interface Probe {
  /** The number of times that the connection was lost. */
  readonly lost: number;
  /** Runs a statement that returns a single row, without the role's statement timeout. */
  query<Row extends object>(statement: string): Promise<Row>;
  /** Closes the connection after its answer, or after `timeoutSeconds`. */
  close(timeoutSeconds: number): Promise<void>;
}

/** Opens a probe. It connects at the first query. */
export function openProbe(location: PostgresLocation, server: Server): Probe {
  let lost = 0;
  const client = connectUnchanged(location, server, () => {
    lost += 1;
  });
  return {
    get lost() {
      return lost;
    },
    query: (statement) => query(client, statement),
    close: (timeout) => client.end({ timeout }),
  };
}

async function query<Row extends object>(client: postgres.Sql, statement: string): Promise<Row> {
  for (let attempts = 1; ; attempts += 1) {
    try {
      // One message is one transaction, so the setting ends with it in every mode of a pooler.
      const results = await client.unsafe<Row[][]>(`set local statement_timeout = 0; ${statement}`).simple();
      const row = results.at(-1)?.[0];
      if (row === undefined) throw new Error('The server returned no row.');
      return row;
    } catch (failure) {
      if (toFailureCode(failure) !== QUERY_CANCELED || attempts === MAX_ATTEMPTS) throw failure;
    }
  }
}
