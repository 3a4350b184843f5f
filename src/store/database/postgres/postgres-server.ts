import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ConnectionOptions } from 'node:tls';
import { Misconfiguration } from '../../../domain/misconfiguration.ts';
import {
  type ConnectionHost,
  type ConnectionUrl,
  parseConnectionUrl,
  UnreadableUrl,
} from './url/connection-url.ts';

/** One way to reach a server, as the patched driver takes it; targets are tried in order. */
export interface ConnectionTarget extends ConnectionHost {
  /** The Unix socket, instead of host and port. */
  path?: string;
  ssl: false | 'prefer' | ConnectionOptions;
  /** Whether this is the previous target again, only with or without encryption. */
  fallback?: boolean;
}

/** Where a PostgreSQL is, who we are there, and where our tables are. */
export interface PostgresServer {
  url: ConnectionUrl;
  /** Shared by all clients: the driver begins with the target that worked last. */
  targets: readonly ConnectionTarget[];
  schema: string;
}

/** Reads a connection URL and the files it names. Throws a Misconfiguration, which does not contain the password. */
export function findServer(databaseUrl: string, schema = 'public'): PostgresServer {
  try {
    const url = parseConnectionUrl(databaseUrl);
    const tls = readTls(url);
    return { url, targets: url.hosts.flatMap((host) => toTargets(host, url, tls)), schema };
  } catch (failure) {
    if (!(failure instanceof UnreadableUrl)) throw failure;
    throw new Misconfiguration(
      failure.problems.map((problem) => `DATABASE_URL: ${problem}`),
      failure,
    );
  }
}

function toTargets(
  place: ConnectionHost,
  { sslMode }: ConnectionUrl,
  tls: ConnectionOptions,
): ConnectionTarget[] {
  const { host, port } = place;
  if (host.startsWith('/')) return [{ ...place, path: join(host, `.s.PGSQL.${port}`), ssl: false }];
  const encrypted = { ...tls, host };
  const plain: ConnectionTarget = { ...place, ssl: false };
  switch (sslMode) {
    case 'disable':
      return [plain];
    case 'allow':
      return [plain, { ...place, ssl: encrypted, fallback: true }];
    case 'prefer':
      return [
        { ...place, ssl: 'prefer' },
        { ...plain, fallback: true },
      ];
    default:
      return [{ ...place, ssl: encrypted }];
  }
}

/** What libpq's modes mean: certificates are verified from `verify-ca` on, and where `require` comes with a root certificate. */
function readTls({ sslMode, sslRootCert, sslCert, sslKey }: ConnectionUrl): ConnectionOptions {
  const isVerified = sslMode.startsWith('verify') || (sslMode === 'require' && sslRootCert !== undefined);
  return {
    rejectUnauthorized: isVerified,
    ...(sslRootCert !== undefined && sslRootCert !== 'system' && { ca: read('sslrootcert', sslRootCert) }),
    ...(sslCert !== undefined && { cert: read('sslcert', sslCert) }),
    ...(sslKey !== undefined && { key: read('sslkey', sslKey) }),
    // `verify-ca` does not ask for whom the certificate was issued.
    ...(sslMode !== 'verify-full' && { checkServerIdentity: () => undefined }),
  };
}

function read(parameter: string, path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (failure) {
    const reason = failure instanceof Error && 'code' in failure ? failure.code : 'unknown error';
    throw new Misconfiguration([`DATABASE_URL: ${parameter}: ${path} cannot be read (${reason})`], failure);
  }
}
