import type { ConnectionOptions } from 'node:tls';
import { Misconfiguration } from '../../../domain/misconfiguration.ts';
import { readTlsOptions } from './tls-options.ts';
import { type ConnectionUrl, parseConnectionUrl, UnreadableUrl } from './url/connection-url.ts';

/** How the driver opens a connection: without TLS, with TLS if the server has it, or with TLS. */
export type Encryption = false | 'prefer' | ConnectionOptions;

/** A PostgreSQL as set: its hosts, the role, and the schema that contains the tables. */
export interface PostgresLocation {
  url: ConnectionUrl;
  schema: string;
  /** The TLS options of connections that are encrypted. */
  tls: ConnectionOptions;
}

/** Reads a connection URL and its files. Throws a Misconfiguration without the password. */
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

/** The ways to connect to `host` that `sslmode` allows, in the order in which they are tried. */
export function listEncryptions({ url, tls }: PostgresLocation, host: string): readonly Encryption[] {
  // Over a Unix socket nothing is encrypted, as in libpq.
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
