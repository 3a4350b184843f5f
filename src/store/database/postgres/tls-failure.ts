import { toFailureCode } from '../failure.ts';
import type { Server } from './server.ts';

/** Codes of OpenSSL and Node for the faults of a certificate. The server sends `ERR_SSL_…`. */
const CERTIFICATE_CODE = /^(?!ERR_SSL_).*(?:CERT|ISSUER|HOSTNAME|CRL|PATH_LENGTH|INVALID_CA)/;
/** Node's text when a connection ends before its encryption. Its code is that of any reset. */
const NO_TLS = 'before secure TLS connection was established';

/**
 * Returns an error that names the server, if TLS or the certificate is why an encrypted connection
 * failed. Returns other failures unchanged.
 */
export function explainTlsFailure(failure: unknown, { host, port }: Server): unknown {
  if (!(failure instanceof Error)) return failure;
  const code = toFailureCode(failure);
  if (failure.message.includes(NO_TLS)) {
    return toError(`${host}:${port} offers no TLS, which sslmode asks for`, code);
  }
  if (code === undefined || !CERTIFICATE_CODE.test(code)) return failure;
  const reason = failure.message.replace(/[\s:]+$/, '');
  const text = `the certificate of ${host}:${port} is refused: ${reason}; sslmode and sslrootcert say what is trusted`;
  return toError(text, code);
}

/** The failure is no `cause`, because a start prints the message of the innermost cause. */
function toError(message: string, code: string | undefined): Error {
  return Object.assign(new Error(message), { code });
}
