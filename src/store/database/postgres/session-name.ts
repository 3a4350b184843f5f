import { randomUUID } from 'node:crypto';
import type { PostgresLocation } from './postgres-location.ts';

const APPLICATION_NAME = 'qlik-event-graph';
/** PostgreSQL keeps 63 bytes. Our suffix is a space, 16 digits, `.` and a counter. */
const MAX_BYTES = 36;
const ID_DIGITS = 16;

/** The names of a process's sessions in `pg_stat_activity`. */
export interface SessionNames {
  /** The prefix of all session names of this process. Its random number makes it unique. */
  readonly prefix: string;
  /** The name of new sessions. */
  readonly current: string;
  /** Changes the name of new sessions, to distinguish them from earlier ones. */
  renew(): void;
}

/**
 * Returns the URL's `application_name`, else this service's name. Characters that are not
 * printable ASCII are replaced, as PostgreSQL does. Backslashes are replaced too, because
 * their meaning in the statement depends on a setting.
 */
export function toApplicationName({ url }: Pick<PostgresLocation, 'url'>): string {
  const name = (url.applicationName ?? APPLICATION_NAME).replace(/[^ -~]|\\/gu, '?');
  return name.slice(0, MAX_BYTES);
}

/** Returns the session names of this process. */
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
