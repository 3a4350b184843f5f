/** Names and values of PostgreSQL's settings. */
export type SessionSettings = Readonly<Record<string, string>>;

/**
 * What answers and stored rows depend on. A role, a database, a server or a pooler may set each of these to something else, so
 * every session sets them. One setting is left alone on purpose: `default_transaction_read_only` is how an operator keeps a
 * database from being written, and the service reports that instead of getting around it.
 */
const SETTINGS: SessionSettings = {
  // How values are written as text, and read from it.
  client_encoding: 'UTF8',
  DateStyle: 'ISO, MDY',
  IntervalStyle: 'postgres',
  TimeZone: 'UTC',
  extra_float_digits: '1',
  bytea_output: 'hex',
  array_nulls: 'on',
  // What a statement means.
  standard_conforming_strings: 'on',
  transform_null_equals: 'off',
  quote_all_identifiers: 'off',
  default_transaction_isolation: 'read committed',
  default_transaction_deferrable: 'off',
  row_security: 'on',
  // When a session or its work ends.
  lock_timeout: '0',
  idle_session_timeout: '0',
  transaction_timeout: '0',
  exit_on_error: 'off',
};

/**
 * The text of a simple query that makes a session the same, whatever its role, database and server say; `settings` win over
 * the ones above. Settings that a server of an older version does not know are left out. The limit on a statement's time comes
 * first, or it could end this query.
 *
 * The text contains no backslash, and names in `pg_catalog` are qualified: it is read before it has had its effect.
 */
export function toSessionSetup(schema: string, settings: SessionSettings = {}): string {
  const values = Object.entries({ ...SETTINGS, search_path: `"${schema}"`, ...settings })
    .map(([name, value]) => `(${quote(name)}, ${quote(value)})`)
    .join(', ');
  return `set statement_timeout = 0; set search_path = pg_catalog; set standard_conforming_strings = on;
    select set_config(name, value, false) from (values ${values}) as wanted (name, value)
    where exists (select from pg_settings s where s.name = wanted.name);
    select set_config('synchronous_commit', 'on', false) where current_setting('synchronous_commit') = 'off'`;
}

function quote(text: string): string {
  if (text.includes('\\')) throw new Error('A setting with a backslash has two meanings.');
  return `'${text.replaceAll("'", "''")}'`;
}
