import * as z from 'zod';
import { isLoopback } from './domain/loopback.ts';
import { Misconfiguration } from './domain/misconfiguration.ts';
import { isTokenText } from './domain/values/text.ts';
import type { IntrospectionAccess } from './execution/introspection.ts';
import { findOriginProblem } from './http/cors.ts';
import { type AuthSettings, demandsTokens, parseAuthSettings } from './http/identity/auth-settings.ts';
import { type PersistedOperations, readPersistedOperations } from './http/persisted/read-operations.ts';
import { type LogSettings, logVariables, toLogSettings } from './open-log.ts';
import { isSchemaName } from './store/database/migrations/schema-choice.ts';
import { findUrlProblems } from './store/database/postgres/url/connection-url.ts';

/** The validated settings of the service; the README documents them. */
export interface Config extends LogSettings {
  readonly host: string;
  readonly port: number;
  readonly databaseUrl: string | undefined;
  readonly databaseSchema: string | undefined;
  readonly rowLevelSecurity: boolean;
  readonly dataDir: string;
  /** How tokens are verified; undefined on an open server. */
  readonly auth: AuthSettings | undefined;
  readonly corsOrigins: readonly string[];
  readonly keepAliveSeconds: number;
  readonly maxBatch: number;
  readonly maxEventBytes: number;
  readonly maxBodyBytes: number;
  readonly maxQueueBytes: number;
  readonly maxConnections: number;
  readonly maxSubscriptions: number;
  readonly maxCallerSubscriptions: number;
  readonly maxConnectionOperations: number;
  readonly slowClientSeconds: number;
  /** Operations per minute and caller; 0 is no limit. */
  readonly rateLimitOperations: number;
  /** Events per minute and caller; 0 is no limit. */
  readonly rateLimitEvents: number;
  readonly graphiql: boolean;
  readonly introspection: IntrospectionAccess;
  readonly persistedOperations: PersistedOperations | undefined;
  readonly persistedOnly: boolean;
  readonly servesMetrics: boolean;
  /** A token that may read `/metrics` and nothing else. */
  readonly metricsToken: string | undefined;
  readonly wakeUps: (typeof WAKE_UPS)[number];
}

const WAKE_UPS = ['notify', 'poll'] as const;
const SWITCH = ['on', 'off'] as const;

const wholeNumber = (min: number, max: number) =>
  z
    .string()
    .regex(/^\d+$/, `is not a whole number from ${min} to ${max}`)
    .transform(Number)
    .refine((value) => value >= min && value <= max, `is not a whole number from ${min} to ${max}`);

const settings = z.object({
  HOST: z.string().default('127.0.0.1'),
  PORT: wholeNumber(0, 65_535).default(4000),
  DATABASE_URL: z
    .string()
    .superRefine((url, context) => {
      for (const message of findUrlProblems(url)) context.addIssue({ code: 'custom', message });
    })
    .optional(),
  DATABASE_SCHEMA: z
    .string()
    .refine(
      isSchemaName,
      'is not the name of a schema of your own: at most 63 letters, digits, _ and -, beginning with a letter or _',
    )
    .optional(),
  ROW_LEVEL_SECURITY: z.enum(['on', 'off'], 'is not one of on, off').default('off'),
  DATA_DIR: z.string().default('./data'),
  CORS_ORIGINS: z
    .string()
    .transform((list) => list.split(',').map((origin) => origin.trim()))
    .superRefine((origins, { addIssue }) => {
      const problems = origins.map(findOriginProblem).filter((problem) => problem !== undefined);
      if (problems.length > 0) addIssue(problems.join('; '));
    })
    .default([]),
  KEEP_ALIVE_SECONDS: wholeNumber(1, 3_600).default(75),
  MAX_BATCH: wholeNumber(1, 100_000).default(1_000),
  MAX_EVENT_BYTES: wholeNumber(1, 268_435_456).default(1_048_576),
  MAX_BODY_BYTES: wholeNumber(1, 268_435_456).default(16_777_216),
  MAX_QUEUE_BYTES: wholeNumber(1, 4_294_967_296).default(67_108_864),
  MAX_CONNECTIONS: wholeNumber(1, 1_000_000).default(10_000),
  MAX_SUBSCRIPTIONS: wholeNumber(1, 1_000_000).default(20_000),
  MAX_CALLER_SUBSCRIPTIONS: wholeNumber(1, 1_000_000).default(5_000),
  MAX_CONNECTION_OPERATIONS: wholeNumber(1, 10_000).default(100),
  SLOW_CLIENT_SECONDS: wholeNumber(1, 3_600).default(60),
  RATE_LIMIT_OPERATIONS: wholeNumber(0, 1_000_000_000).default(0),
  RATE_LIMIT_EVENTS: wholeNumber(0, 1_000_000_000).default(0),
  GRAPHIQL: z.enum(SWITCH, 'is not on or off').optional(),
  INTROSPECTION: z.enum(SWITCH, 'is not on or off').optional(),
  PERSISTED_OPERATIONS: z
    .string()
    .transform((path, { addIssue }) => {
      const { operations, problems } = readPersistedOperations(path);
      for (const problem of problems) addIssue(problem);
      return operations;
    })
    .optional(),
  PERSISTED_ONLY: z.enum(['true', 'false'], 'is not true or false').default('false'),
  METRICS: z.enum(SWITCH, 'is not on or off').default('on'),
  METRICS_TOKEN: z
    .string()
    .refine(
      (text) => text.length >= 16 && isTokenText(text),
      'is not a token of at least 16 printable ASCII characters without spaces',
    )
    .optional(),
  WAKE_UPS: z.enum(WAKE_UPS, `is not one of ${WAKE_UPS.join(', ')}`).default('notify'),
  ...logVariables,
});

/** Parses the settings. Throws a Misconfiguration that lists every mistake. */
export function parseConfig(environment: Readonly<Record<string, string | undefined>>): Config {
  // An empty variable counts as unset, because compose files pass unset variables as empty.
  const given = Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ''));
  const parsed = settings.safeParse(given);
  const { auth, problems: authProblems } = parseAuthSettings(environment);
  const problems = [
    ...(parsed.error?.issues ?? []).map(({ path, message }) => `${path.join('.')}: ${message}`),
    ...authProblems,
    ...findRowLevelProblems(given),
    ...(demandsTokens(environment) ? [] : findHostProblems(given.HOST)),
  ];
  if (!parsed.success || problems.length > 0) throw new Misconfiguration(problems);
  const { data } = parsed;
  // What helps a developer helps an attacker, so a server with tokens has it only on request.
  const byDefault = auth === undefined ? 'on' : 'off';
  return Object.freeze({
    host: data.HOST,
    port: data.PORT,
    databaseUrl: data.DATABASE_URL,
    databaseSchema: data.DATABASE_SCHEMA,
    rowLevelSecurity: data.ROW_LEVEL_SECURITY === 'on',
    dataDir: data.DATA_DIR,
    auth,
    corsOrigins: Object.freeze(data.CORS_ORIGINS),
    keepAliveSeconds: data.KEEP_ALIVE_SECONDS,
    maxBatch: data.MAX_BATCH,
    maxEventBytes: data.MAX_EVENT_BYTES,
    maxBodyBytes: data.MAX_BODY_BYTES,
    maxQueueBytes: data.MAX_QUEUE_BYTES,
    maxConnections: data.MAX_CONNECTIONS,
    maxSubscriptions: data.MAX_SUBSCRIPTIONS,
    maxCallerSubscriptions: data.MAX_CALLER_SUBSCRIPTIONS,
    maxConnectionOperations: data.MAX_CONNECTION_OPERATIONS,
    rateLimitOperations: data.RATE_LIMIT_OPERATIONS,
    rateLimitEvents: data.RATE_LIMIT_EVENTS,
    graphiql: (data.GRAPHIQL ?? byDefault) === 'on',
    introspection: toIntrospectionAccess(data.INTROSPECTION ?? byDefault, auth),
    persistedOperations: data.PERSISTED_OPERATIONS,
    persistedOnly: data.PERSISTED_ONLY === 'true',
    slowClientSeconds: data.SLOW_CLIENT_SECONDS,
    servesMetrics: data.METRICS === 'on',
    metricsToken: data.METRICS_TOKEN,
    wakeUps: data.WAKE_UPS,
    ...toLogSettings(data),
  });
}

function toIntrospectionAccess(
  introspection: (typeof SWITCH)[number],
  auth: AuthSettings | undefined,
): IntrospectionAccess {
  if (introspection === 'on') return 'all';
  return auth === undefined ? 'none' : 'admin';
}

function findHostProblems(host: string | undefined): string[] {
  if (host === undefined || isLoopback(host)) return [];
  return ['HOST: an open server (no AUTH_* is set) must listen on a loopback address'];
}

function findRowLevelProblems(given: Readonly<Record<string, string | undefined>>): string[] {
  if (given.ROW_LEVEL_SECURITY !== 'on' || given.DATABASE_URL !== undefined) return [];
  return ['ROW_LEVEL_SECURITY: on needs PostgreSQL (DATABASE_URL); the embedded database has one role'];
}
