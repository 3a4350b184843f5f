import type postgres from 'postgres';
import { toFailureCode } from '../failure.ts';
import { connectUnchanged } from './postgres-client.ts';
import type { PostgresLocation } from './postgres-location.ts';
import type { Server } from './server.ts';

/** A role's `statement_timeout` may end the statement that lifts it. */
const QUERY_CANCELED = '57014';
const MOST_TRIES = 50;

/** One connection to a server, on which no setting is changed: a pooler may give its session to other programs. */
export interface Probe {
  /** How often the connection was lost so far. */
  readonly lost: number;
  /** Runs a statement that returns a single row, without the role's limit on its time. */
  ask<Row extends object>(statement: string): Promise<Row>;
  /** Closes the connection, after its answer or after `timeoutSeconds`. */
  close(timeoutSeconds: number): Promise<void>;
}

/** Opens a probe, which connects when it is first asked. */
export function openProbe(location: PostgresLocation, server: Server): Probe {
  let lost = 0;
  const client = connectUnchanged(location, server, () => {
    lost += 1;
  });
  return {
    get lost() {
      return lost;
    },
    ask: (statement) => ask(client, statement),
    close: (timeout) => client.end({ timeout }),
  };
}

async function ask<Row extends object>(client: postgres.Sql, statement: string): Promise<Row> {
  for (let tries = 1; ; tries += 1) {
    try {
      // Both statements travel together and are one transaction, so the setting ends with it, in every mode of a pooler.
      const results = await client.unsafe<Row[][]>(`set local statement_timeout = 0; ${statement}`).simple();
      const row = results.at(-1)?.[0];
      if (row === undefined) throw new Error('The server has answered without a row.');
      return row;
    } catch (failure) {
      if (toFailureCode(failure) !== QUERY_CANCELED || tries === MOST_TRIES) throw failure;
    }
  }
}
