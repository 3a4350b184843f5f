import { chmodSync, chownSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { inject } from 'vitest';
import { type Certificate, createAuthority, createCertificate } from './certificates.ts';
import { startPostgres } from './start-postgres.ts';

/** Roles, by what the server asks of their connections. All have the password `s3cret`. */
export const ROLES = {
  /** Connects with and without TLS. */
  either: 'either',
  /** Connects with TLS alone. */
  encrypted: 'encrypted',
  /** Connects without TLS alone. */
  plain: 'plain',
  /** Connects with TLS and a client certificate of its name. */
  certified: 'certified',
} as const;

/** A PostgreSQL with TLS, whose certificate is valid for `localhost` alone. */
export interface TlsPostgres {
  port: number;
  /** The URL of the administrator. */
  url: string;
  /** Paths of PEM files: see `writeCertificates`. */
  files: Record<FileName, string>;
  /** Gives the server a certificate that has expired, until the next one. */
  expire(): Promise<void>;
  stop(): Promise<void>;
}

const FILE_NAMES = [
  'authority',
  'otherAuthority',
  'clientCert',
  'clientKey',
  'strangerCert',
  'strangerKey',
  'noCertificate',
] as const;
type FileName = (typeof FILE_NAMES)[number];

/** Starts the server on a free port of 127.0.0.1. */
export async function startTlsPostgres(): Promise<TlsPostgres> {
  const folder = mkdtempSync(join(inject('dataFolder'), 'tls-'));
  // As root, PostgreSQL runs as another user.
  chmodSync(folder, 0o755);
  const databaseDir = join(folder, 'postgres');
  const server = await startPostgres(databaseDir);
  const authority = await createAuthority('The authority');
  const files = await writeCertificates(folder, authority);
  const writeFile = (name: string, text: string) => {
    const path = join(databaseDir, name);
    const { uid, gid } = statSync(databaseDir);
    writeFileSync(path, text);
    chownSync(path, uid, gid);
    chmodSync(path, 0o600);
  };
  const writeServerCertificate = ({ cert, key }: Certificate) => {
    writeFile('server.crt', cert);
    writeFile('server.key', key);
  };
  const toServerCertificate = (expired: boolean) =>
    createCertificate('localhost', { issuer: authority, hosts: ['localhost'], expired });
  writeServerCertificate(await toServerCertificate(false));
  writeFile('root.crt', authority.cert);
  writeFile(
    'pg_hba.conf',
    [
      `hostnossl all ${ROLES.encrypted} all reject`,
      `hostssl all ${ROLES.plain} all reject`,
      `hostnossl all ${ROLES.certified} all reject`,
      `hostssl all ${ROLES.certified} all cert`,
      'host all all all scram-sha-256',
      '',
    ].join('\n'),
  );
  await server.execute(
    ...Object.values(ROLES).map((role) => `create role ${role} login superuser password 's3cret'`),
    `alter system set ssl_ca_file = 'root.crt'`,
    'alter system set ssl = on',
  );
  await server.restart('fast');
  return {
    port: server.port,
    url: server.url,
    files,
    async expire() {
      writeServerCertificate(await toServerCertificate(true));
      await server.restart('fast');
    },
    async stop() {
      await server.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Writes the files that DATABASE_URL may name, and returns their paths. */
async function writeCertificates(folder: string, authority: Certificate): Promise<TlsPostgres['files']> {
  const other = await createAuthority('Another authority');
  const client = await createCertificate(ROLES.certified, { issuer: authority });
  const stranger = await createCertificate('stranger', { issuer: authority });
  const texts: Record<FileName, string> = {
    authority: authority.cert,
    otherAuthority: other.cert,
    clientCert: client.cert,
    clientKey: client.key,
    strangerCert: stranger.cert,
    strangerKey: stranger.key,
    noCertificate: 'This is no certificate.\n',
  };
  const entries = FILE_NAMES.map((name) => [name, join(folder, `${name}.pem`)] as const);
  for (const [name, path] of entries) writeFileSync(path, texts[name]);
  return Object.fromEntries(entries) as TlsPostgres['files'];
}
