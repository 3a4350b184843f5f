/** Names and values of PostgreSQL's settings. */
export type SessionSettings = Readonly<Record<string, string>>;

/**
 * The settings that affect results and stored rows. A role, a database, a server or a pooler
 * may set each of them to another value, so every session sets them.
 * `default_transaction_read_only` is left alone on purpose: an operator uses it to prevent
 * writes, and the service reports it.
 */
const SETTINGS: SessionSettings = {
  // The text form of values.
  client_encoding: 'UTF8',
  DateStyle: 'ISO, MDY',
  IntervalStyle: 'postgres',
  TimeZone: 'UTC',
  extra_float_digits: '1',
  bytea_output: 'hex',
  array_nulls: 'on',
  // The meaning of statements.
  standard_conforming_strings: 'on',
  transform_null_equals: 'off',
  quote_all_identifiers: 'off',
  default_transaction_isolation: 'read committed',
  default_transaction_deferrable: 'off',
  row_security: 'on',
  // The end of sessions and transactions.
  lock_timeout: '0',
  idle_session_timeout: '0',
  transaction_timeout: '0',
  exit_on_error: 'off',
};

/**
 * Returns the text of a simple query that gives a session the same settings whatever its role,
 * database and server set; `settings` take precedence. Settings that an older server does not
 * know are skipped. The statement timeout is removed first, because it could cancel this
 * query. With a `role`, the session then works as that role.
 *
 * The text contains no backslash, and names in `pg_catalog` are qualified, because the server
 * parses it before its settings take effect.
 */
export function toSessionSetup(schema: string, settings: SessionSettings = {}, role?: string): string {
  const values = Object.entries({ ...SETTINGS, search_path: `"${schema}"`, ...settings })
    .map(([name, value]) => `(${quote(name)}, ${quote(value)})`)
    .join(', ');
  return `set statement_timeout = 0; set search_path = pg_catalog; set standard_conforming_strings = on;
    select set_config(name, value, false) from (values ${values}) as wanted (name, value)
    where exists (select from pg_settings s where s.name = wanted.name);
    select set_config('synchronous_commit', 'on', false) where current_setting('synchronous_commit') = 'off'${role === undefined ? '' : `; set role "${role}"`}`;
}

function quote(text: string): string {
  if (text.includes('\\')) throw new Error('A setting must not contain a backslash.');
  return `'${text.replaceAll("'", "''")}'`;
}
