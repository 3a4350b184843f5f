import { toFailureCode } from '../failure.ts';
import type { Server } from './server.ts';

/** Codes of OpenSSL and Node for certificate errors. `ERR_SSL_…` are the server's alerts. */
const CERTIFICATE_CODE = /^(?!ERR_SSL_).*(?:CERT|ISSUER|HOSTNAME|CRL|PATH_LENGTH|INVALID_CA)/;
/** Node's message if a connection ends before TLS is established. Its code is not specific. */
const NO_TLS = 'before secure TLS connection was established';

/**
 * Returns a failure of TLS with a message that names the server and the parameters to check.
 * Returns other failures unchanged.
 */
export function explainTlsFailure(failure: unknown, { host, port }: Server): unknown {
  if (!(failure instanceof Error)) return failure;
  const code = toFailureCode(failure);
  if (failure.message.includes(NO_TLS)) {
    return toError(`${host}:${port} offers no TLS, and sslmode requires it`, code);
  }
  if (code === undefined || !CERTIFICATE_CODE.test(code)) return failure;
  const reason = failure.message.replace(/[\s:]+$/, '');
  const text = `the certificate of ${host}:${port} is refused: ${reason}; sslmode and sslrootcert define which certificates are trusted`;
  return toError(text, code);
}

/** Creates an error without a `cause`: a start prints the message of the innermost cause. */
function toError(message: string, code: string | undefined): Error {
  return Object.assign(new Error(message), { code });
}
