import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { type ConnectionOptions, createSecureContext, type SecureContextOptions } from 'node:tls';
import { Misconfiguration } from '../../../domain/misconfiguration.ts';
import type { ConnectionUrl } from './url/connection-url.ts';

/** The parameters of DATABASE_URL that name files. */
type FileParameter = 'sslrootcert' | 'sslcert' | 'sslkey';

/**
 * Reads the files that a connection URL names and returns the TLS options of its connections.
 * As in libpq, the server's certificate is verified with `verify-ca` and `verify-full`, and
 * with `require` if there is a root certificate. Throws a Misconfiguration that names the
 * parameter of an unusable file. The driver would fail outside of every promise.
 */
export function readTlsOptions({ sslMode, sslRootCert, sslCert, sslKey }: ConnectionUrl): ConnectionOptions {
  const isVerified = sslMode.startsWith('verify') || (sslMode === 'require' && sslRootCert !== undefined);
  const files: SecureContextOptions = {
    ...(sslRootCert !== undefined && sslRootCert !== 'system' && { ca: readAuthorities(sslRootCert) }),
    ...(sslCert !== undefined && { cert: readFile('sslcert', sslCert) }),
  };
  check('sslcert', sslCert, files);
  if (sslKey !== undefined) files.key = readFile('sslkey', sslKey);
  check('sslkey', sslKey, files);
  return {
    ...files,
    rejectUnauthorized: isVerified,
    // `verify-ca` does not check the host name of the certificate.
    ...(sslMode !== 'verify-full' && { checkServerIdentity: () => undefined }),
  };
}

/**
 * Reads the trusted certificates. Throws a Misconfiguration if there is none, because Node
 * ignores such a file and would then trust no authority.
 */
function readAuthorities(path: string): string {
  const text = readFile('sslrootcert', path);
  try {
    new X509Certificate(text);
  } catch (failure) {
    throw toMisconfiguration('sslrootcert', path, failure);
  }
  return text;
}

function check(parameter: FileParameter, path: string | undefined, files: SecureContextOptions): void {
  if (path === undefined) return;
  try {
    createSecureContext(files);
  } catch (failure) {
    throw toMisconfiguration(parameter, path, failure);
  }
}

function readFile(parameter: FileParameter, path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (failure) {
    throw new Misconfiguration(
      [`DATABASE_URL: ${parameter}: ${path} cannot be read (${toCode(failure)})`],
      failure,
    );
  }
}

function toMisconfiguration(parameter: FileParameter, path: string, failure: unknown): Misconfiguration {
  const what = parameter === 'sslkey' ? 'the key of the certificate, without a passphrase' : 'a certificate';
  return new Misconfiguration(
    [`DATABASE_URL: ${parameter}: ${path} is not ${what}, as PEM (${toCode(failure)})`],
    failure,
  );
}

function toCode(failure: unknown): unknown {
  return failure instanceof Error && 'code' in failure ? failure.code : 'no code';
}
