import { builder } from './builder.ts';

interface Viewer {
  tenantId: string;
  subject: string | undefined;
  scopes: readonly string[];
}

const ViewerRef = builder.objectRef<Viewer>('Viewer').implement({
  description: 'The caller of the request, and the tenant that the request acts for.',
  fields: (t) => ({
    tenantId: t.exposeID('tenantId', {
      nullable: false,
      description: 'The tenant that the request acts for.',
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
  }),
});

builder.queryField('viewer', (t) =>
  t.field({
    scope: 'any token',
    type: ViewerRef,
    nullable: false,
    description: 'The caller of the request, and the tenant that the request acts for.',
    resolve: async (_root, _args, { caller }) => ({
      tenantId: await caller.actingTenant(),
      subject: caller.subject,
      scopes: caller.scopes,
    }),
  }),
);
