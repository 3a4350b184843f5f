import { builder } from './builder.ts';

interface Viewer {
  tenantId: string;
  subject: string | undefined;
  scopes: readonly string[];
}

const ViewerRef = builder.objectRef<Viewer>('Viewer').implement({
  description: 'Whom the request acts for.',
  fields: (t) => ({
    tenantId: t.exposeID('tenantId', {
      nullable: false,
      description: 'The tenant that the request acts for.',
    }),
    subject: t.exposeString('subject', { description: "The token's subject; null on an open server." }),
    scopes: t.field({
      type: ['String'],
      nullable: false,
      description: 'What the caller may do; all of it on an open server.',
      resolve: ({ scopes }) => [...scopes],
    }),
  }),
});

builder.queryField('viewer', (t) =>
  t.field({
    type: ViewerRef,
    nullable: false,
    description: 'Whom the request acts for.',
    resolve: async (_root, _args, { caller }) => ({
      tenantId: await caller.actingTenant(),
      subject: caller.subject,
      scopes: caller.scopes,
    }),
  }),
);
