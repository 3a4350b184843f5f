import { randomUUID } from 'node:crypto';
import type { PostgresLocation } from './postgres-location.ts';

const APPLICATION_NAME = 'qlik-event-graph';
/** PostgreSQL cuts an `application_name` after 63 bytes; the rest of ours is ` `, 16 digits, `.` and a counter. */
const MOST_BYTES = 36;
const ID_DIGITS = 16;

/** The names of a process's sessions in `pg_stat_activity`. */
export interface SessionNames {
  /** Begins the names of all sessions of this process, and of no others: it contains a random number. */
  readonly prefix: string;
  /** The name of sessions that are opened now. */
  readonly current: string;
  /** Gives sessions opened from now on another name, which tells them from those before. */
  renew(): void;
}

/**
 * What sessions are called by the URL's `application_name`, else after this service. PostgreSQL replaces what is not printable
 * ASCII, and a backslash has two meanings in the statement that sets the name; so both are replaced here.
 */
export function toApplicationName({ url }: Pick<PostgresLocation, 'url'>): string {
  const name = (url.applicationName ?? APPLICATION_NAME).replace(/[^ -~]|\\/gu, '?');
  return name.slice(0, MOST_BYTES);
}

/** Names for the sessions of this process. */
export function nameSessions(location: Pick<PostgresLocation, 'url'>): SessionNames {
  const id = randomUUID().replaceAll('-', '').slice(0, ID_DIGITS);
  const prefix = `${toApplicationName(location)} ${id}.`;
  let generation = 1;
  return {
    prefix,
    get current() {
      return `${prefix}${generation}`;
    },
    renew() {
      generation += 1;
    },
  };
}
