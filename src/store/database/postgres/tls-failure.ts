import { toFailureCode } from '../failure.ts';
import type { Server } from './server.ts';

/** Names that OpenSSL and Node give to the faults of a certificate. `ERR_SSL_…` are alerts that the server sent. */
const CERTIFICATE_CODE = /^(?!ERR_SSL_).*(?:CERT|ISSUER|HOSTNAME|CRL|PATH_LENGTH|INVALID_CA)/;
/** Node's text when a connection ends before its encryption; the code alone is that of any reset. */
const NO_TLS = 'before secure TLS connection was established';

/**
 * Returns the failure of an encrypted connection in words that name the server and the parameters to look at. Other
 * failures come back as they are.
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
