import postgres from 'postgres';

/**
 * A postgres.js client as this service needs it: no type query at connect (its failure is left uncaught), quick reconnects
 * (the default waits up to 15 s), sessions in UTC, and a limit in milliseconds on every statement.
 */
export function connect(url: string, max: number, statementTimeoutMs: number): postgres.Sql {
  return postgres(url, {
    max,
    fetch_types: false,
    connect_timeout: 5,
    keep_alive: 10,
    backoff: () => 0.25 + Math.random() * 0.25,
    onnotice: () => undefined,
    connection: {
      application_name: 'qlik-event-graph',
      TimeZone: 'UTC',
      statement_timeout: statementTimeoutMs,
      idle_in_transaction_session_timeout: 60_000,
    },
  });
}
