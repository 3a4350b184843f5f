import * as z from 'zod';
import { isLoopback } from '../domain/loopback.ts';
import { Misconfiguration } from '../domain/misconfiguration.ts';
import { isTokenText } from '../domain/values/text.ts';
import { logVariables, toLogSettings } from '../open-log.ts';

/** The validated settings of the relay; the README documents them. */
export type RelaySettings = ReturnType<typeof parseRelaySettings>;

const NOT_SIGNED = 'is not set. RELAY_UNSIGNED=true accepts unsigned deliveries on a loopback address';

const wholeNumber = (min: number, max: number) => {
  const message = `is not a whole number from ${min} to ${max}`;
  return z
    .string()
    .regex(/^\d+$/, message)
    .transform(Number)
    .refine((value) => value >= min && value <= max, message);
};

const settings = z.object({
  RELAY_HOST: z.string().default('127.0.0.1'),
  RELAY_PORT: wholeNumber(0, 65_535).default(4_010),
  RELAY_UNSIGNED: z.enum(['true', 'false'], 'is not true or false').default('false'),
  QLIK_WEBHOOK_SECRETS: z
    .string()
    .default('')
    .transform((list) =>
      list
        .split(',')
        .map((secret) => secret.trim())
        .filter((secret) => secret !== ''),
    ),
  API_URL: z.string().default('http://127.0.0.1:4000/graphql').transform(parseUrl),
  INGEST_TOKEN: z.string().refine(isTokenText, 'has characters that a token cannot have').optional(),
  SPOOL_DIR: z.string().default('./spool'),
  MAX_SPOOL_BYTES: wholeNumber(1, Number.MAX_SAFE_INTEGER).default(10_737_418_240),
  MAX_EVENT_BYTES: wholeNumber(1, 268_435_456).default(1_048_576),
  ...logVariables,
});

/**
 * Parses the settings. Throws a Misconfiguration that lists every mistake, and no secret. An
 * empty variable counts as unset.
 */
export function parseRelaySettings(environment: Readonly<Record<string, string | undefined>>) {
  const given = Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ''));
  const parsed = settings.safeParse(given);
  const problems = [
    ...(parsed.error?.issues ?? []).map(({ path, message }) => `${path.join('.')}: ${message}`),
    ...findSignatureProblems(given),
  ];
  if (!parsed.success || problems.length > 0) throw new Misconfiguration(problems);
  const { data } = parsed;
  return Object.freeze({
    host: data.RELAY_HOST,
    port: data.RELAY_PORT,
    acceptsUnsigned: data.RELAY_UNSIGNED === 'true',
    secrets: data.QLIK_WEBHOOK_SECRETS,
    apiUrl: data.API_URL,
    token: data.INGEST_TOKEN,
    spoolDir: data.SPOOL_DIR,
    maxSpoolBytes: data.MAX_SPOOL_BYTES,
    maxEventBytes: data.MAX_EVENT_BYTES,
    ...toLogSettings(data),
  });
}

function findSignatureProblems(given: Record<string, string | undefined>): string[] {
  const { RELAY_HOST: host = '127.0.0.1', RELAY_UNSIGNED: unsigned, QLIK_WEBHOOK_SECRETS: secrets } = given;
  if (unsigned === 'true') {
    return isLoopback(host) ? [] : ['RELAY_HOST: with RELAY_UNSIGNED=true it must be a loopback address'];
  }
  return /[^,\s]/.test(secrets ?? '') ? [] : [`QLIK_WEBHOOK_SECRETS: ${NOT_SIGNED}`];
}

function parseUrl(text: string, context: z.RefinementCtx): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol) || url.port === '0') {
    context.addIssue('is no URL such as http://127.0.0.1:4000/graphql');
    return z.NEVER;
  }
  if (url.username !== '' || url.password !== '') {
    context.addIssue('a password does not belong there; INGEST_TOKEN takes a token');
    return z.NEVER;
  }
  if (url.pathname === '/') url.pathname = '/graphql';
  return url;
}
