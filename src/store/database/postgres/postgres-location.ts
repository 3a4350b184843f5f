import type { ConnectionOptions } from 'node:tls';
import { Misconfiguration } from '../../../domain/misconfiguration.ts';
import { readTlsOptions } from './tls-options.ts';
import { type ConnectionUrl, parseConnectionUrl, UnreadableUrl } from './url/connection-url.ts';

/** How the driver encrypts a connection: never, if the server offers TLS, or always. */
export type Encryption = false | 'prefer' | ConnectionOptions;

/** Where a PostgreSQL database is: its hosts, the role, and the schema of the tables. */
export interface PostgresLocation {
  url: ConnectionUrl;
  schema: string;
  /** The options of encrypted connections. */
  tls: ConnectionOptions;
}

/** Reads a connection URL and its files. A Misconfiguration never contains the password. */
export function readPostgresLocation(databaseUrl: string, schema = 'public'): PostgresLocation {
  try {
    const url = parseConnectionUrl(databaseUrl);
    return { url, schema, tls: readTlsOptions(url) };
  } catch (failure) {
    if (!(failure instanceof UnreadableUrl)) throw failure;
    throw new Misconfiguration(
      failure.problems.map((problem) => `DATABASE_URL: ${problem}`),
      failure,
    );
  }
}

/** Lists the encryptions that `sslmode` allows for `host`, in the order of the attempts. */
export function listEncryptions({ url, tls }: PostgresLocation, host: string): readonly Encryption[] {
  // As in libpq, connections over a Unix socket are not encrypted.
  if (host.startsWith('/')) return [false];
  const encrypted = { ...tls, host };
  switch (url.sslMode) {
    case 'disable':
      return [false];
    case 'allow':
      return [false, encrypted];
    case 'prefer':
      return [url.sslCert === undefined ? 'prefer' : encrypted, false];
    default:
      return [encrypted];
  }
}
