import { Misconfiguration } from '../../domain/misconfiguration.ts';
import { parseDurationOption, parseOptions } from '../console/parse-options.ts';
import type { Format } from './detect-format.ts';
import type { Target } from './post-events.ts';

export const INGEST_USAGE = `npm run ingest -- [option]... [FILE]...

Sends the events in files, or in standard input, to a running server. A file holds events as newline-delimited JSON, as a
JSON list, or as pages of Qlik's REST API ({ "data": [...] }), also several. What is no event is told of; the rest goes on.
Interrupted or given up, the same command goes on where it was. To send a file again does no harm: an event that the
server has is a DUPLICATE. A pipe given as FILE is read once, as standard input is.

  --url URL            the server (default: from HOST and PORT, else http://127.0.0.1:4000/graphql)
  --format FORMAT      lines, json or auto (default): what the files are
  --batch N            most events of a request (default 500)
  --batch-bytes N      most bytes of a request, and of an event (default 4194304)
  --in-flight N        requests at a time (default 4); with 1 the log has the order of the file
  --give-up-after 10m  how long an event is offered to a server that is away or takes nothing (h, m, s; this is the default)
  --problems N         so many problems are shown (default 20)
  --report FILE        all problems are written there, as newline-delimited JSON
  --state DIR          the resume points are kept there, instead of hidden beside the files
  --restart            begins anew, whatever was sent before

INGEST_TOKEN, from the environment, is sent as a bearer token. Exit status: 0 all events are in the log; 1 some are not
(rejected, quarantined, or in conflict with others), or the command was wrong; 2 not all was sent; 130 interrupted.
`;

/** What to send, where to and how. */
export interface IngestOptions {
  /** None: standard input. */
  files: readonly string[];
  target: Target;
  format: Format | 'auto';
  batch: { count: number; bytes: number };
  inFlight: number;
  giveUpAfterMs: number;
  mostShown: number;
  report: string | undefined;
  stateDir: string | undefined;
  restarts: boolean;
}

/** Reads the command line; undefined where only help is wanted. Throws a Misconfiguration. */
export function parseIngestOptions(
  args: string[],
  environment: Readonly<Record<string, string | undefined>>,
): IngestOptions | undefined {
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
  const token = environment.INGEST_TOKEN;
  return {
    files: positionals.filter((name) => name !== '-' || positionals.length > 1),
    target: {
      url: parseUrl(values.url ?? toDefaultUrl(environment)),
      token: token === '' ? undefined : token,
    },
    format: parseFormat(values.format),
    batch: {
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
  throw new Misconfiguration([`--format: ${JSON.stringify(text)} is not lines, json or auto.`]);
}

function parseCount(name: string, text: string, least: number, most: number): number {
  const count = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (count >= least && count <= most) return count;
  const range = most === Number.MAX_SAFE_INTEGER ? '' : ` from ${least} to ${most}`;
  throw new Misconfiguration([`${name}: ${JSON.stringify(text)} is not a whole number${range}.`]);
}

/** Where a server with the same settings listens. */
function toDefaultUrl({ HOST, PORT }: Readonly<Record<string, string | undefined>>): string {
  const host = HOST === undefined || HOST === '' ? '127.0.0.1' : HOST;
  const name = host.includes(':') && !host.startsWith('[') ? `[${host}]` : host;
  return `http://${name}:${PORT === undefined || PORT === '' ? '4000' : PORT}/graphql`;
}

function parseUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol) || url.port === '0') {
    throw new Misconfiguration([
      `--url: ${JSON.stringify(text)} is no URL such as http://127.0.0.1:4000/graphql.`,
    ]);
  }
  if (url.username !== '' || url.password !== '') {
    throw new Misconfiguration(['--url: a password does not belong there; INGEST_TOKEN takes a token.']);
  }
  if (url.pathname === '/') url.pathname = '/graphql';
  return url.href;
}
