import { type Parameters, readParameters, type SessionAttributes, type SslMode } from './parameters.ts';

/** A host name, an address, or the directory of a Unix socket (begins with `/`). */
export interface ConnectionHost {
  host: string;
  port: number;
}

/** The decoded parts of a connection URL; undefined if the URL does not contain them. */
export interface ConnectionUrl {
  hosts: readonly ConnectionHost[];
  user: string | undefined;
  password: string | undefined;
  database: string | undefined;
  sslMode: SslMode;
  /** A path; `system` selects the certificates that Node trusts. */
  sslRootCert: string | undefined;
  sslCert: string | undefined;
  sslKey: string | undefined;
  applicationName: string | undefined;
  connectTimeoutSeconds: number | undefined;
  targetSessionAttributes: SessionAttributes;
  /** Names of known parameters without effect. */
  ignored: readonly string[];
}

/** An unusable URL. Each problem is a phrase without the URL and its password. */
export class UnreadableUrl extends Error {
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(problems.join('; '));
    this.name = 'UnreadableUrl';
    this.problems = problems;
  }
}

const DEFAULT_PORT = 5432;
/** Credentials end at the last `@` before `/` or `?`, so a password may contain `@`. */
const SYNTAX = /^postgres(?:ql)?:\/\/(?:([^/?]*)@)?([^/?]*)(?:\/([^?]*))?(?:\?(.*))?$/s;
const PLACE = /^(?:\[([^[\]]+)\]|([^:[\]]*))(?::(\d*))?$/;

/**
 * Parses a connection URL as libpq does (PostgreSQL, "Connection URIs"): several hosts, IPv6
 * addresses in brackets, Unix sockets, and percent-encoding everywhere. A parameter takes
 * precedence over the same value before the `?`. Throws an UnreadableUrl with all problems.
 */
export function parseConnectionUrl(url: string): ConnectionUrl {
  const parts = SYNTAX.exec(url);
  if (parts === null) throw new UnreadableUrl(['is not a URL that begins with postgres:// or postgresql://']);
  const [, credentials = '', places = '', database = '', query = ''] = parts;
  const problems = new Set<string>();
  const decode = (part: string) => {
    const text = decodePercent(part);
    if (text === undefined) problems.add('has % other than as part of %XX, or %XX that are not UTF-8 text');
    return text === '' ? undefined : text;
  };
  const [user = '', ...passwords] = credentials.split(':');
  const inFront = { user: decode(user), password: decode(passwords.join(':')), dbname: decode(database) };
  const { values, ignored, problems: wrong } = readParameters(query, decode);
  const hosts = readHosts(places, values, decode);
  if (hosts.length === 0) problems.add('names no host');
  if (hosts.some(({ port }) => port === 0))
    problems.add('has a port that is not a number from 1 to 65535, for each host or for all');
  if (problems.size + wrong.length > 0) throw new UnreadableUrl([...problems, ...wrong]);
  return {
    hosts,
    user: values.user ?? inFront.user,
    password: values.password ?? inFront.password,
    database: values.dbname ?? inFront.dbname,
    sslMode: values.sslmode ?? (values.sslrootcert === 'system' ? 'verify-full' : 'prefer'),
    sslRootCert: values.sslrootcert,
    sslCert: values.sslcert,
    sslKey: values.sslkey,
    applicationName: values.application_name,
    connectTimeoutSeconds: values.connect_timeout,
    targetSessionAttributes: values.target_session_attrs ?? 'any',
    ignored,
  };
}

/** Returns the hosts with their ports; none if a host is missing, port 0 for a wrong port. */
function readHosts(
  places: string,
  { host, port }: Parameters,
  decode: (part: string) => string | undefined,
): ConnectionHost[] {
  const inFront = places.split(',').map((place) => PLACE.exec(place));
  if (inFront.includes(null)) return [];
  const names = host?.split(',') ?? inFront.map((place) => place?.[1] ?? decode(place?.[2] ?? '') ?? '');
  if (names.some((name) => name === '')) return [];
  const ports = port?.split(',') ?? inFront.map((place) => place?.[3] ?? '');
  return names.map((name, index) => ({
    // A single port applies to all hosts.
    host: name,
    port: toPort(ports.length === 1 ? ports[0] : ports.length === names.length ? ports[index] : undefined),
  }));
}

function toPort(text: string | undefined): number {
  if (text === '') return DEFAULT_PORT;
  const port = /^\d{1,5}$/.test(text ?? '') ? Number(text) : 0;
  return port <= 65_535 ? port : 0;
}

/** Decodes %XX. Returns undefined for invalid encoding and U+0000 (PostgreSQL refuses it). */
function decodePercent(part: string): string | undefined {
  try {
    const text = decodeURIComponent(part);
    return text.includes('\0') ? undefined : text;
  } catch {
    return undefined;
  }
}

/** Returns the problems of a URL, one phrase each; none if it can be used. */
export function findUrlProblems(url: string): readonly string[] {
  try {
    parseConnectionUrl(url);
    return [];
  } catch (failure) {
    if (failure instanceof UnreadableUrl) return failure.problems;
    throw failure;
  }
}

/** Lists the known parameters of a URL that have no effect. */
export function listIgnoredParameters(url: string | undefined): readonly string[] {
  return url === undefined ? [] : parseConnectionUrl(url).ignored;
}
