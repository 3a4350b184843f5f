/** The encryption modes of libpq, with libpq's meanings. */
export const SSL_MODES = ['disable', 'allow', 'prefer', 'require', 'verify-ca', 'verify-full'] as const;
export type SslMode = (typeof SSL_MODES)[number];

/** The accepted kinds of server. The service writes, so it never selects read-only ones. */
const SESSION_ATTRIBUTES = ['any', 'read-write', 'primary'] as const;
export type SessionAttributes = (typeof SESSION_ATTRIBUTES)[number];

/** The effective parameters of a connection URL, decoded and checked. */
export interface Parameters {
  host?: string;
  port?: string;
  user?: string;
  password?: string;
  dbname?: string;
  sslmode?: SslMode;
  sslrootcert?: string;
  sslcert?: string;
  sslkey?: string;
  application_name?: string;
  connect_timeout?: number;
  target_session_attrs?: SessionAttributes;
}

/** Parameters of libpq and other drivers that do not change results and are ignored. */
const IGNORED = new Set([
  'channel_binding',
  'client_encoding',
  'connection_limit',
  'fallback_application_name',
  'gssdelegation',
  'gssencmode',
  'gsslib',
  'keepalives',
  'keepalives_count',
  'keepalives_idle',
  'keepalives_interval',
  'krbsrvname',
  'load_balance_hosts',
  'pgbouncer',
  'pool_timeout',
  'prepare_threshold',
  'sslcertmode',
  'sslcompression',
  'sslnegotiation',
  'sslsni',
  'statement_cache_size',
  'tcp_user_timeout',
  'uselibpqcompat',
]);

const SEARCH_PATH_ONLY = /^(?:\s*(?:-c\s*|--)search_path=(?:\\.|[^\s\\])*)*\s*$/;
const MAX_SECONDS = 86_400;

/** Stores a value under its name. Returns the problem of the value, or undefined. */
type Reader = (values: Parameters, value: string) => string | undefined;

const text =
  (
    name:
      | 'host'
      | 'port'
      | 'user'
      | 'password'
      | 'dbname'
      | 'sslrootcert'
      | 'sslcert'
      | 'sslkey'
      | 'application_name',
  ): Reader =>
  (values, value) => {
    // As in libpq, an empty value counts as missing.
    if (value !== '') values[name] = value;
    return undefined;
  };

const READERS: ReadonlyMap<string, Reader> = new Map<string, Reader>([
  ['host', text('host')],
  ['port', text('port')],
  ['user', text('user')],
  ['password', text('password')],
  ['dbname', text('dbname')],
  ['sslrootcert', text('sslrootcert')],
  ['sslcert', text('sslcert')],
  ['sslkey', text('sslkey')],
  ['application_name', text('application_name')],
  ['sslmode', readSslMode],
  ['ssl', (values, value) => (value === 'true' ? readSslMode(values, 'require') : 'is not true')],
  ['connect_timeout', readConnectTimeout],
  ['target_session_attrs', readSessionAttributes],
  [
    'options',
    (_, value) => (SEARCH_PATH_ONLY.test(value) ? undefined : 'may contain -c search_path=… alone'),
  ],
]);

/** Accepted parameters without effect. The setting DATABASE_SCHEMA names the schema. */
const WITHOUT_EFFECT = new Set(['options', ...IGNORED]);

/** Reads the query part of a URL. `decode` decodes a component. Problems are printable. */
export function readParameters(
  query: string,
  decode: (part: string) => string | undefined,
): { values: Parameters; ignored: string[]; problems: string[] } {
  const values: Parameters = {};
  const ignored = new Set<string>();
  const problems: string[] = [];
  for (const part of query.split('&').filter((each) => each !== '')) {
    const equals = part.indexOf('=');
    const name = decode(equals < 0 ? part : part.slice(0, equals)) ?? '';
    const value = equals < 0 ? '' : (decode(part.slice(equals + 1)) ?? '');
    if (WITHOUT_EFFECT.has(name)) ignored.add(name);
    if (IGNORED.has(name)) continue;
    const read = READERS.get(name);
    const problem = read === undefined ? 'is not known here' : read(values, value);
    if (problem !== undefined) problems.push(`has the parameter ${toPrintableName(name)}, which ${problem}`);
  }
  if (values.sslrootcert === 'system' && ![undefined, 'verify-full'].includes(values.sslmode)) {
    problems.push('has sslrootcert=system, which needs sslmode=verify-full');
  }
  if ((values.sslcert === undefined) !== (values.sslkey === undefined)) {
    problems.push('has one of sslcert and sslkey without the other');
  }
  return { values, ignored: [...ignored], problems };
}

function readSslMode(values: Parameters, value: string): string | undefined {
  const mode = SSL_MODES.find((each) => each === value);
  if (mode === undefined) return `is not one of ${SSL_MODES.join(', ')}`;
  values.sslmode = mode;
  return undefined;
}

function readConnectTimeout(values: Parameters, value: string): string | undefined {
  if (!/^\d{1,6}$/.test(value) || Number(value) > MAX_SECONDS) {
    return `is not a whole number of seconds from 0 to ${MAX_SECONDS}`;
  }
  values.connect_timeout = Number(value);
  return undefined;
}

function readSessionAttributes(values: Parameters, value: string): string | undefined {
  const attributes = SESSION_ATTRIBUTES.find((each) => each === value);
  if (attributes === undefined) {
    return `is not one of ${SESSION_ATTRIBUTES.join(', ')} (this service writes)`;
  }
  values.target_session_attrs = attributes;
  return undefined;
}

/** Returns a printable name for a log line, whatever the URL contains. */
function toPrintableName(name: string): string {
  return JSON.stringify(name.slice(0, 63)).replace(/^"([\w.-]+)"$/, '$1');
}
