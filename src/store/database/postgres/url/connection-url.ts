import { type Parameters, readParameters, type SessionAttributes, type SslMode } from './parameters.ts';

/** One place where a server may listen: a host name, an address, or the directory of a Unix socket (begins with `/`). */
export interface ConnectionHost {
  host: string;
  port: number;
}

/** What a connection URL says, decoded. What it does not say is undefined. */
export interface ConnectionUrl {
  hosts: readonly ConnectionHost[];
  user: string | undefined;
  password: string | undefined;
  database: string | undefined;
  sslMode: SslMode;
  /** Paths of files; `system` as `sslRootCert` stands for the certificates that Node trusts. */
  sslRootCert: string | undefined;
  sslCert: string | undefined;
  sslKey: string | undefined;
  applicationName: string | undefined;
  connectTimeoutSeconds: number | undefined;
  targetSessionAttributes: SessionAttributes;
  /** Names of parameters that are known and have no effect here. */
  ignored: readonly string[];
}

/** A URL that cannot be used. Each problem is a phrase that contains neither the URL nor its password. */
export class UnreadableUrl extends Error {
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(problems.join('; '));
    this.name = 'UnreadableUrl';
    this.problems = problems;
  }
}

const DEFAULT_PORT = 5432;
/** Credentials end at the last `@` before the first `/` or `?`, so that a password may contain a bare `@`. */
const SYNTAX = /^postgres(?:ql)?:\/\/(?:([^/?]*)@)?([^/?]*)(?:\/([^?]*))?(?:\?(.*))?$/s;
const PLACE = /^(?:\[([^[\]]+)\]|([^:[\]]*))(?::(\d*))?$/;

/**
 * Reads a connection URL as libpq does (PostgreSQL, "Connection URIs"): several hosts, IPv6 addresses in brackets, Unix
 * sockets, and percent-encoding everywhere. A parameter wins over the same fact in front of the `?`. Throws an
 * UnreadableUrl with all problems.
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

/** The hosts with their ports; none where a host is missing, port 0 where a port is wrong. */
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
    // One port counts for all hosts.
    host: name,
    port: toPort(ports.length === 1 ? ports[0] : ports.length === names.length ? ports[index] : undefined),
  }));
}

function toPort(text: string | undefined): number {
  if (text === '') return DEFAULT_PORT;
  const port = /^\d{1,5}$/.test(text ?? '') ? Number(text) : 0;
  return port <= 65_535 ? port : 0;
}

/** Decodes %XX; undefined where that cannot be done, or gives what PostgreSQL does not take as text. */
function decodePercent(part: string): string | undefined {
  try {
    const text = decodeURIComponent(part);
    return text.includes('\0') ? undefined : text;
  } catch {
    return undefined;
  }
}

/** What is wrong with a URL, a phrase for each problem; none where it can be used. */
export function findUrlProblems(url: string): readonly string[] {
  try {
    parseConnectionUrl(url);
    return [];
  } catch (failure) {
    if (failure instanceof UnreadableUrl) return failure.problems;
    throw failure;
  }
}

/** The parameters of a URL that are known and have no effect here. */
export function listIgnoredParameters(url: string | undefined): readonly string[] {
  return url === undefined ? [] : parseConnectionUrl(url).ignored;
}
