import type { TenantSummary } from '../store/read/log.ts';
import { builder } from './builder.ts';
import { listType } from './connections/list-cost.ts';
import type { Caller } from './context.ts';

/** The most tenants that `Viewer.tenants` lists. */
const MAX_TENANTS = 1_000;

const TenantSummaryRef = builder.objectRef<TenantSummary>('TenantSummary').implement({
  description: 'A tenant that has events, and how far its log is.',
  fields: (t) => ({
    tenantId: t.exposeID('tenantId', { nullable: false, description: "Qlik's id of the tenant." }),
    headPosition: t.expose('head', {
      type: 'SafeInt',
      nullable: false,
      description: 'The newest position of the log: the number of events stored so far.',
    }),
    lastEventAt: t.expose('lastEventAt', {
      type: 'DateTime',
      description: 'When the event at `headPosition`, which was stored last, happened.',
    }),
  }),
});

const TenantSummaries = listType([TenantSummaryRef], { default: MAX_TENANTS, max: MAX_TENANTS });

const ViewerRef = builder.objectRef<Caller>('Viewer').implement({
  description: 'The caller of the request, and the tenant that the request acts for.',
  fields: (t) => ({
    tenantId: t.id({
      nullable: false,
      description:
        'The tenant that the request acts for. TENANT_REQUIRED if the request names none and several are possible.',
      resolve: (caller) => caller.actingTenant(),
    }),
    subject: t.exposeString('subject', {
      description:
        "The subject (`sub`) of the caller's token. Null if the token has none, and on an open server.",
    }),
    scopes: t.field({
      type: ['String'],
      nullable: false,
      description: 'The scopes of the caller. On an open server, all scopes.',
      resolve: ({ scopes }) => [...scopes],
    }),
    tenants: t.field({
      ...TenantSummaries.field,
      description:
        'The tenants that the caller may act for and that have events, by id; the first 1,000. The request need not name a tenant.',
      resolve: (caller) => caller.listTenants(MAX_TENANTS),
    }),
  }),
});

builder.queryField('viewer', (t) =>
  t.field({
    scope: 'any token',
    type: ViewerRef,
    nullable: false,
    description: 'The caller of the request, and the tenants that it may act for.',
    resolve: (_root, _args, { caller }) => caller,
  }),
);
