/** The rooms of ARCHITECTURE.md: imports run downwards only. Each rule names what a room may not reach. */
const never = (name, from, to) => ({ name, severity: 'error', from: { path: from }, to: { path: to } });

module.exports = {
  forbidden: [
    { name: 'no-circle', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'no-unresolvable',
      severity: 'error',
      // The examples have packages and generated types of their own (npm run test:clients).
      from: { pathNot: '^schema/clients/' },
      to: { couldNotResolve: true },
    },
    {
      name: 'domain-is-pure',
      severity: 'error',
      from: { path: '^src/domain/' },
      to: { pathNot: '^src/domain/' },
    },
    never('store-knows-only-the-domain', '^src/store/', '^src/(?!store/|tracing/|files/|domain/)'),
    never('files-know-only-the-domain', '^src/files/', '^src/(?!files/|domain/)'),
    never('store-read-does-not-write', '^src/store/read/', '^src/store/write/'),
    never('metrics-know-only-the-domain', '^src/metrics/', '^src/(?!metrics/|domain/)'),
    never('tracing-knows-only-the-domain', '^src/tracing/', '^src/(?!tracing/|domain/)'),
    never(
      'ingest-is-the-way-in',
      '^src/ingest/',
      '^src/(?!ingest/|store/|metrics/|tracing/|domain/)|^src/store/read/',
    ),
    never('feed-is-the-way-out', '^src/feed/', '^src/(?!feed/|store/|domain/)|^src/store/write/'),
    never('graphql-stays-above-the-ways', '^src/graphql/', '^src/(?!graphql/|ingest/|feed/|store/|domain/)'),
    never(
      'execution-knows-no-socket',
      '^src/execution/',
      '^src/(?!execution/|graphql/|ingest/|feed/|store/|metrics/|tracing/|domain/)',
    ),
    never('database-knows-no-table', '^src/store/database/', '^src/store/(read|write|rebuild)/'),
    never('tables-know-no-statement', '^src/store/tables/', '^src/store/(read|write|rebuild)/'),
    never(
      'statistics-and-pages-share-filters',
      '^src/store/read/filters/',
      '^src/store/read/(pages|statistics)/',
    ),
    never('graphql-does-not-write', '^src/graphql/', '^src/store/write/'),
    never(
      'http-stays-below-the-server',
      '^src/http/',
      '^src/(main|server|config|open-log)\\.ts$|^src/commands/',
    ),
    never('nothing-imports-the-entry-points', '^src/', '^src/main\\.ts$|^src/commands/[^/]+\\.ts$'),
    never('relay-is-a-client', '^src/relay/', '^src/(?!relay/|files/|domain/|open-log\\.ts$)'),
    never('nothing-imports-the-relay', '^src/(?!relay/|commands/relay\\.ts$)', '^src/relay/'),
    never('nothing-below-imports-the-commands', '^src/(?!commands/)', '^src/commands/'),
    never('backfill-is-a-client', '^src/commands/backfill', '^src/(?!commands/backfill/|domain/)'),
    never(
      'the-demo-history-is-pure',
      '^src/commands/demo/history/',
      '^src/(?!commands/demo/history/|domain/)',
    ),
    never(
      'the-demo-sends-like-a-client',
      '^src/commands/demo/',
      '^src/(store|ingest|feed|graphql|execution|http)/',
    ),
    never('only-programs-use-the-client', '^src/(?!commands/|relay/|http/open-http\\.ts$)', '^schema/'),
    never('http-knows-only-the-documents', '^src/http/', '^schema/(?!ingest-client/documents\\.ts$)'),
    never(
      'clients-know-no-service',
      '^schema/',
      '^src/(?!domain/events/delivery-record\\.ts$|domain/values/json\\.ts$)|^test/',
    ),
    never(
      'the-console-knows-no-client',
      '^schema/ingest-client/console/',
      '^schema/ingest-client/(?!console/)',
    ),
    never('identity-knows-no-transport', '^src/http/identity/', '^src/http/(?!identity/)'),
    never('web-is-a-client', '^src/web/', '^src/(?!web/)|^schema/'),
    never('nothing-imports-the-web', '^(?:src/(?!web/)|schema/)', '^src/web/'),
    never('web-data-knows-no-view', '^src/web/(data|routing|format|graphql)', '^src/web/(app|parts|views)/'),
    never('web-parts-know-no-view', '^src/web/parts/', '^src/web/views/'),
    {
      name: 'only-identity-knows-tokens',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/(http/identity|commands/token)/' },
      to: { path: 'node_modules/jose/' },
    },
    {
      name: 'only-tracing-knows-opentelemetry',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/tracing/otel-tracing\\.ts$' },
      to: { path: 'node_modules/@opentelemetry/' },
    },
    {
      name: 'only-the-store-knows-sql',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/store/' },
      to: { path: 'node_modules/(drizzle-orm|postgres|@electric-sql)/' },
    },
    {
      name: 'only-graphql-knows-pothos',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/graphql/' },
      to: { path: 'node_modules/@pothos/' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'node', 'types'] },
  },
};
