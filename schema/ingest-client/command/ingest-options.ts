import { parseDurationOption, parseOptions } from '../console/parse-options.ts';
import { UsageError } from '../console/usage-error.ts';
import { parseEndpoint } from '../endpoint.ts';
import type { Format } from '../items/scan-items.ts';

export const INGEST_USAGE = `npm run ingest -- [option]... [FILE]...

Sends the events in files, or in standard input, to a running server. A file holds events as newline-delimited
JSON, as a JSON list, or as pages of Qlik's REST API ({ "data": [...] }). A webhook's delivery record is sent as
the event in its request.body. An item that is no event is reported, and the command continues. After an
interruption the same command continues where it stopped. Sending a file again is harmless: an event that the
server has is a DUPLICATE. A pipe given as FILE is read once, like standard input.

  --url URL            the server (default: from HOST and PORT, else http://127.0.0.1:4000/graphql)
  --format FORMAT      the format of the files: lines, json or auto (default)
  --batch N            largest number of events in a request (default 500)
  --batch-bytes N      largest size of a request, and of an item (default 4194304)
  --in-flight N        requests at the same time (default 4); 1 keeps the order of the file in the log
  --give-up-after 10m  how long to retry while the server is unreachable or busy (h, m, s; default 10m)
  --problems N         how many problems to print (default 20)
  --report FILE        write all problems to FILE, as newline-delimited JSON
  --state DIR          keep the resume points in DIR, instead of hidden beside the files
  --restart            ignore the resume points

INGEST_TOKEN, from the environment, is sent as a bearer token. Exit status: 0 all events are in the log; 1 some
are not (rejected, quarantined, or in conflict), or the command line was wrong; 2 not everything was sent;
130 interrupted.
`;

type Environment = Readonly<Record<string, string | undefined>>;

/** The parsed command line. */
export type IngestOptions = NonNullable<ReturnType<typeof parseIngestOptions>>;

/** Parses the command line; undefined if it asks for help. Throws a UsageError. */
export function parseIngestOptions(args: string[], environment: Environment) {
  const { values, positionals } = parseOptions({
    args,
    allowPositionals: true,
    options: {
      url: { type: 'string' },
      format: { type: 'string', default: 'auto' },
      batch: { type: 'string', default: '500' },
      'batch-bytes': { type: 'string', default: '4194304' },
      'in-flight': { type: 'string', default: '4' },
      'give-up-after': { type: 'string', default: '10m' },
      problems: { type: 'string', default: '20' },
      report: { type: 'string' },
      state: { type: 'string' },
      restart: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h' },
    },
  });
  if (values.help === true) return undefined;
  return {
    /** If empty, standard input is sent. */
    files: positionals.filter((name) => name !== '-' || positionals.length > 1),
    url: parseEndpoint('--url', values.url ?? toDefaultUrl(environment)),
    token: environment.INGEST_TOKEN || undefined,
    format: parseFormat(values.format),
    limits: {
      count: parseCount('--batch', values.batch, 1, 100_000),
      bytes: parseCount('--batch-bytes', values['batch-bytes'], 1, 268_435_456),
    },
    inFlight: parseCount('--in-flight', values['in-flight'], 1, 64),
    giveUpAfterMs: parseDurationOption('--give-up-after', values['give-up-after']),
    mostShown: parseCount('--problems', values.problems, 0, Number.MAX_SAFE_INTEGER),
    report: values.report,
    stateDir: values.state,
    restarts: values.restart,
  };
}

function parseFormat(text: string): Format | 'auto' {
  if (text === 'auto' || text === 'lines' || text === 'json') return text;
  throw new UsageError([`--format: ${JSON.stringify(text)} is not lines, json or auto.`]);
}

function parseCount(name: string, text: string, least: number, most: number): number {
  const count = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (count >= least && count <= most) return count;
  const range = most === Number.MAX_SAFE_INTEGER ? '' : ` from ${least} to ${most}`;
  throw new UsageError([`${name}: ${JSON.stringify(text)} is not a whole number${range}.`]);
}

/** The address of a server with the same settings. An empty variable counts as unset. */
function toDefaultUrl({ HOST, PORT }: Environment): string {
  const host = HOST || '127.0.0.1';
  const name = host.includes(':') && !host.startsWith('[') ? `[${host}]` : host;
  return `http://${name}:${PORT || '4000'}/graphql`;
}
