import { generate } from 'selfsigned';

/** A certificate and its private key, both as PEM. */
export interface Certificate {
  cert: string;
  key: string;
}

/** What a certificate says. */
interface CertificateOptions {
  /** The authority that signs it; without one it signs itself. */
  issuer?: Certificate;
  /** The host names that it is valid for. */
  hosts?: readonly string[];
  expired?: boolean;
}

/** Creates a certificate authority. */
export function createAuthority(name: string): Promise<Certificate> {
  return create(name, {}, [
    { name: 'basicConstraints', cA: true, critical: true },
    { name: 'keyUsage', keyCertSign: true, cRLSign: true, critical: true },
  ]);
}

/** Creates a certificate for a server or for a client, whose role is `name` then. */
export function createCertificate(name: string, options: CertificateOptions): Promise<Certificate> {
  const { hosts = [] } = options;
  return create(name, options, [
    { name: 'basicConstraints', cA: false, critical: true },
    { name: 'extKeyUsage', serverAuth: true, clientAuth: true },
    { name: 'subjectAltName', altNames: hosts.map((value) => ({ type: 2 as const, value })) },
  ]);
}

type Extensions = NonNullable<NonNullable<Parameters<typeof generate>[1]>['extensions']>;

async function create(
  name: string,
  { issuer, expired = false }: CertificateOptions,
  extensions: Extensions,
): Promise<Certificate> {
  const dayMs = 86_400_000;
  const now = Date.now();
  const { cert, private: key } = await generate([{ name: 'commonName', value: name }], {
    keyType: 'ec',
    algorithm: 'sha256',
    notBeforeDate: new Date(now - 2 * dayMs),
    notAfterDate: new Date(expired ? now - dayMs : now + dayMs),
    extensions,
    ...(issuer !== undefined && { ca: issuer }),
  });
  return { cert, key };
}
