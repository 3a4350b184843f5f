import { isId } from '../../domain/values/text.ts';
import { appOfReload, toAppReloadListing } from '../../store/read/app-reloads.ts';
import { toAppListing } from '../../store/read/apps.ts';
import { appOfEvent, toEventListing } from '../../store/read/events.ts';
import { builder } from '../builder.ts';
import { toChildConnection } from '../connections/child-connection.ts';
import { connectionType, toConnection } from '../connections/connection.ts';
import { listArgs, pageArgs } from '../connections/page-args.ts';
import { requireReader } from '../context.ts';
import { EventConnectionRef } from '../events/event.ts';
import { AppFilterRef, AppReloadFilterRef } from '../filters/filters.ts';
import { AppOrderRef, AppReloadOrderRef } from '../filters/orders.ts';
import { toGlobalId } from '../global-id.ts';
import { NodeRef, registerNode } from '../node.ts';
import { AppRef, AppReloadRef } from './app-ref.ts';
import { AppReloadConnectionRef } from './app-reload.ts';

interface AppSize {
  fileBytes: number | null;
  memoryBytes: number | null;
}

const AppSizeRef = builder.objectRef<AppSize>('AppSize').implement({
  description: 'The size of an app as last reported.',
  fields: (t) => ({
    fileBytes: t.expose('fileBytes', { type: 'SafeInt', description: 'Bytes on disk.' }),
    memoryBytes: t.expose('memoryBytes', { type: 'SafeInt', description: 'Bytes in memory.' }),
  }),
});

AppRef.implement({
  description: 'An app that some event was about: what all stored events say of it together.',
  interfaces: [NodeRef],
  fields: (t) => ({
    id: t.id({
      nullable: false,
      description: 'Global id.',
      resolve: ({ tenantId, appId }) => toGlobalId('App', tenantId, appId),
    }),
    appId: t.exposeID('appId', { nullable: false, description: "Qlik's id of the app." }),
    name: t.exposeString('name', { description: 'The name.' }),
    description: t.exposeString('description', { description: 'The description.' }),
    owner: t.exposeString('owner', {
      description: "The owner as reported: an identity provider's subject, not a name.",
    }),
    ownerId: t.exposeID('ownerId', {
      description: "Qlik's id of the owner, from the attributes, else the envelope.",
    }),
    spaceId: t.exposeID('spaceId', {
      description: "Qlik's id of the space, from the data, else the envelope.",
    }),
    dynamicColor: t.exposeString('dynamicColor', { description: 'The dynamic color.' }),
    published: t.exposeBoolean('published', {
      description:
        'As reported. In Qlik Cloud it says that the app was distributed from client-managed Qlik Sense; see isPublished.',
    }),
    isPublished: t.boolean({
      nullable: false,
      description: 'Whether publishTime is set or an app.published event was seen.',
      resolve: (app) => app.reportedPublishTime !== null || app.publishedEventAt !== null,
    }),
    publishTime: t.field({
      type: 'DateTime',
      description: 'The attribute, else the time of the app.published event.',
      resolve: (app) => app.reportedPublishTime ?? app.publishedEventAt,
    }),
    hasSectionAccess: t.exposeBoolean('hasSectionAccess', {
      description: 'Whether section access is configured.',
    }),
    originAppId: t.exposeID('originAppId', { description: 'The app that this one was published from.' }),
    originApp: t.field({
      type: AppRef,
      description: 'The app that this one was published from, if events told of it.',
      resolve: ({ tenantId, originAppId }, _args, { load }) =>
        originAppId === null ? null : load.app.load({ tenantId, id: originAppId }),
    }),
    createdDate: t.expose('createdDate', { type: 'DateTime', description: 'When the app was created.' }),
    modifiedDate: t.expose('modifiedDate', { type: 'DateTime', description: 'When the app was modified.' }),
    lastReloadTime: t.expose('lastReloadTime', { type: 'DateTime', description: 'The latest reload known.' }),
    lastExportedAt: t.expose('lastExportedAt', {
      type: 'DateTime',
      description: 'Time of the latest app.exported.',
    }),
    size: t.field({
      type: AppSizeRef,
      description: 'The size as last reported; null where no event told it.',
      resolve: (app) => (app.fileBytes === null && app.memoryBytes === null ? null : app),
    }),
    extraAttributes: t.expose('extraAttributes', {
      type: 'JSON',
      description:
        'Attributes without a field of their own, user-defined ones included; null when there are none.',
    }),
    isDeleted: t.boolean({
      nullable: false,
      description: 'Whether the newest of creation and deletion is a deletion.',
      resolve: (app) => app.deletedAt !== null,
    }),
    deletedAt: t.expose('deletedAt', { type: 'DateTime', description: 'When it was deleted, while it is.' }),
    lastEventAt: t.expose('lastEventAt', {
      type: 'DateTime',
      nullable: false,
      description: 'Time of the newest event about this app.',
    }),
    lastReload: t.field({
      type: AppReloadRef,
      description: 'The newest reload.',
      resolve: ({ tenantId, appId }, _args, { load }) => load.lastReload.load({ tenantId, id: appId }),
    }),
    reloads: t.field({
      type: AppReloadConnectionRef,
      nullable: false,
      description: 'Its reloads, newest first.',
      args: listArgs(t.arg, AppReloadFilterRef, AppReloadOrderRef),
      resolve: ({ tenantId, appId: id }, args, context) =>
        toChildConnection(context, { tenantId, id, column: appOfReload }, args, (tenant, wishes) =>
          toAppReloadListing('App.reloads', tenant, wishes),
        ),
    }),
    events: t.field({
      type: EventConnectionRef,
      nullable: false,
      description: 'What happened to this app, newest position first.',
      args: pageArgs(t.arg),
      resolve: ({ tenantId, appId: id }, args, context) =>
        toChildConnection(context, { tenantId, id, column: appOfEvent }, args, (tenant) =>
          toEventListing('App.events', tenant),
        ),
    }),
  }),
});

const AppConnectionRef = connectionType('App', AppRef, 'apps');

registerNode('App', 's', ({ load }, tenantId, [appId]: [string]) => load.app.load({ tenantId, id: appId }));

builder.queryFields((t) => ({
  app: t.field({
    type: AppRef,
    description: "The app with this id of Qlik's, deleted ones included; null if there is none.",
    args: { appId: t.arg.id({ required: true, description: "Qlik's id of the app." }) },
    resolve: async (_root, { appId }, context) => {
      const tenantId = await requireReader(context);
      return isId(appId) ? context.load.app.load({ tenantId, id: appId }) : null;
    },
  }),
  apps: t.field({
    type: AppConnectionRef,
    nullable: false,
    description: 'The apps by name, without regard to case.',
    args: {
      ...listArgs(t.arg, AppFilterRef, AppOrderRef),
      includeDeleted: t.arg.boolean({
        defaultValue: false,
        description: 'Whether deleted apps are listed too.',
      }),
    },
    resolve: async (_root, { includeDeleted, ...args }, context) =>
      toConnection(context, toAppListing(await requireReader(context), includeDeleted ?? false, args), args),
  }),
}));
