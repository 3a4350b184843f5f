import { parseDurationOption, parseOptions } from 'qlik-event-graph-ingest/console/parse-options';
import { parseEndpoint } from 'qlik-event-graph-ingest/endpoint';
import { isLoopback } from '../../domain/loopback.ts';
import { Misconfiguration } from '../../domain/misconfiguration.ts';
import { type Day, parseDay, toDay } from '../../domain/values/calendar-day.ts';
import { isTokenText } from '../../domain/values/text.ts';
import type { Credentials } from './access-token.ts';
import { parseEventChoice } from './event-choice.ts';

export const BACKFILL_USAGE = `npm run backfill -- --from DAY [option]...
npm run backfill -- --names [option]...

Reads the events of a Qlik Cloud tenant from its audit log and sends them to a running server, day by day,
the oldest day first. Days are UTC days of the event's time, such as 2026-11-28. Sending an event again is
harmless: an event that the server has is a DUPLICATE. After an interruption the same command continues where
it stopped; it always reads the last day again. At its end it reads the names of automations,
connectors, spaces and users, and sets them on the server. Names that cannot be read are a warning.

  --from DAY           the first day
  --to DAY             the last day (default: today)
  --types TYPE,...     which events to send: names in any spelling (com.qlik.v1.app.deleted, app.deleted),
                       types of the API (APP_DELETED), or all (default: the types that the server models)
  --dry-run            count the events that the server lacks, and store nothing
  --names              without --from: set names only, and send no events
  --state DIR          keep the progress in DIR, instead of hidden in the working directory
  --restart            ignore the progress of earlier runs
  --give-up-after 10m  how long to retry while Qlik or the server is unreachable or busy (h, m, s; default 10m)
  --problems N         how many problems to print (default 20)

QLIK_TENANT_URL, from the environment, names the tenant: https://<tenant>.<region>.qlikcloud.com. QLIK_API_KEY
is an API key; otherwise QLIK_CLIENT_ID and QLIK_CLIENT_SECRET are those of an OAuth client. API_URL is the
server (default: http://127.0.0.1:4000/graphql); INGEST_TOKEN is sent to it as a bearer token. Exit status: 0
all events are in the log, or --dry-run; 1 some are not (rejected, quarantined, or in conflict), or the command
line was wrong; 2 not everything was read or sent; 130 interrupted.
`;

type Environment = Readonly<Record<string, string | undefined>>;

/** The parsed command line and environment. */
export type BackfillOptions = NonNullable<ReturnType<typeof parseBackfillOptions>>;

/**
 * Parses the command line and the environment; undefined if it asks for help. Throws a
 * Misconfiguration or UsageError, which contain no secret.
 */
export function parseBackfillOptions(args: string[], environment: Environment) {
  const { values } = parseOptions({
    args,
    options: {
      from: { type: 'string' },
      to: { type: 'string' },
      types: { type: 'string', multiple: true, default: [] },
      'dry-run': { type: 'boolean', default: false },
      names: { type: 'boolean', default: false },
      state: { type: 'string' },
      restart: { type: 'boolean', default: false },
      'give-up-after': { type: 'string', default: '10m' },
      problems: { type: 'string', default: '20' },
      help: { type: 'boolean', short: 'h' },
    },
  });
  if (values.help === true) return undefined;
  const problems: string[] = [];
  const isNamesOnly = values.names && values.from === undefined;
  if (isNamesOnly && values.to !== undefined) problems.push('--to needs --from.');
  const range = isNamesOnly ? undefined : parseDays(values, problems);
  const events = parseEventChoice(values.types);
  if ('problem' in events)
    problems.push(`--types: ${JSON.stringify(events.problem)} is not a type, or not alone.`);
  if (!/^\d{1,9}$/.test(values.problems)) {
    problems.push(`--problems: ${JSON.stringify(values.problems)} is not a whole number.`);
  }
  const tenantUrl = parseTenantUrl(environment.QLIK_TENANT_URL, problems);
  const credentials = parseCredentials(environment, problems);
  const token = environment.INGEST_TOKEN || undefined;
  if (token !== undefined && !isTokenText(token)) problems.push(toTokenProblem('INGEST_TOKEN'));
  if (problems.length > 0 || 'problem' in events || !tenantUrl || !credentials) {
    throw new Misconfiguration(problems);
  }
  return {
    /** The days to send; undefined if only names are set. */
    range,
    events,
    tenantUrl,
    credentials,
    url: parseEndpoint('API_URL', environment.API_URL || 'http://127.0.0.1:4000/graphql'),
    token,
    isDryRun: values['dry-run'],
    stateDir: values.state,
    restarts: values.restart,
    giveUpAfterMs: parseDurationOption('--give-up-after', values['give-up-after']),
    mostShown: Number(values.problems),
  };
}

function parseDays(
  values: { from?: string | undefined; to?: string | undefined },
  problems: string[],
): { from: Day; to: Day } | undefined {
  const today = toDay(Date.now());
  const from = parseDay(values.from ?? '');
  const to = parseDay(values.to ?? today);
  if (values.from === undefined)
    problems.push('--from is missing: pass the first day, such as --from 2024-01-01.');
  else if (from === undefined)
    problems.push(`--from: ${JSON.stringify(values.from)} is not a day such as 2024-01-01.`);
  if (to === undefined) problems.push(`--to: ${JSON.stringify(values.to)} is not a day such as 2024-01-31.`);
  if (from === undefined || to === undefined) return undefined;
  const last = to < today ? to : today;
  if (from > today) problems.push(`--from: ${from} is in the future; today is ${today} in UTC.`);
  else if (from > last) problems.push(`--to: ${to} is before ${from}.`);
  return { from, to: last };
}

function parseTenantUrl(text: string | undefined, problems: string[]): URL | undefined {
  const example = 'https://<tenant>.<region>.qlikcloud.com';
  if (text === undefined || text === '') {
    problems.push(`QLIK_TENANT_URL is missing: set it to ${example}.`);
    return undefined;
  }
  const url = URL.canParse(text) ? new URL(text) : undefined;
  // The text may contain a password, so it is not printed.
  if (url === undefined || url.username !== '' || url.password !== '' || `${url.search}${url.hash}` !== '') {
    problems.push(`QLIK_TENANT_URL is no URL such as ${example}.`);
    return undefined;
  }
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && isLoopback(url.hostname))) {
    problems.push('QLIK_TENANT_URL needs https; http is only for a loopback address.');
  }
  if (url.pathname !== '/') problems.push('QLIK_TENANT_URL has a path; name the host only.');
  return url;
}

function parseCredentials(environment: Environment, problems: string[]): Credentials | undefined {
  const { QLIK_API_KEY: apiKey, QLIK_CLIENT_ID: id, QLIK_CLIENT_SECRET: secret } = environment;
  if (apiKey && (id || secret)) {
    problems.push('Set either QLIK_API_KEY, or QLIK_CLIENT_ID and QLIK_CLIENT_SECRET.');
  } else if (apiKey) {
    if (isTokenText(apiKey)) return { apiKey };
    problems.push(toTokenProblem('QLIK_API_KEY'));
  } else if (id && secret) {
    return { id, secret };
  } else if (id || secret) {
    problems.push(`${id ? 'QLIK_CLIENT_SECRET' : 'QLIK_CLIENT_ID'} is missing.`);
  } else {
    problems.push('QLIK_API_KEY is missing: set it, or QLIK_CLIENT_ID and QLIK_CLIENT_SECRET.');
  }
  return undefined;
}

/** The error of a request with such a header would contain the secret. */
function toTokenProblem(name: string): string {
  return `${name} contains characters that a token cannot have.`;
}
